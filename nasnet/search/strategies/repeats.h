#pragma once

#include <deque>
#include <string>
#include <unordered_set>
#include <utility>

#include "nasnet/search/goals/candidates.h"
#include "nasnet/search/strategies/state_bytes.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// Reads a candidate of the space out of a saved state. Throws InputError where it is none.
space::Choices read_choices(StateReader& reader, const space::SearchSpace& space);

/// Knows candidates by their form (Candidates::form()), so that a strategy can avoid to propose
/// again what it has proposed, under this or another name. Remembers hashes of 64 bits, the latest
/// 20,000.
class Repeats {
 public:
  /// How often a strategy draws anew before it proposes a repeat after all.
  static constexpr int kTries = 20;

  explicit Repeats(Candidates candidates) : candidates_(std::move(candidates)) {}
  /// True where the candidate was not known; it is from now on.
  bool add(const space::Choices& choices);
  bool knows(const space::Choices& choices) const;

  void save(StateWriter& writer) const;
  void restore(StateReader& reader);

 private:
  void add_hash(uint64_t hash);
  Candidates candidates_;
  std::deque<uint64_t> order_;  // the oldest first
  std::unordered_set<uint64_t> known_;
};

}  // namespace nasnet::search
