#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/search/strategies/state_bytes.h"
#include "nasnet/search/strategies/strategy.h"

namespace nasnet::search {

inline const space::Choices& choices_of(const space::Choices& choices) {
  return choices;
}

/// The proposals that a strategy has not observed yet, the oldest first. `Proposal` is what it must
/// keep of each: the choices, or what choices_of() finds them in.
template <class Proposal>
class Waiting {
 public:
  size_t size() const { return proposals_.size(); }
  void add(Proposal proposal) { proposals_.push_back(std::move(proposal)); }

  /// Takes the proposal that was observed, the oldest. Throws InternalError where the observation
  /// is of another one: results come in the order of the proposals.
  Proposal take(const Observation& observation) {
    NASNET_CHECK(!proposals_.empty() && choices_of(proposals_.front()) == observation.choices,
                 "results are observed in the order of the proposals");
    Proposal first = std::move(proposals_.front());
    proposals_.pop_front();
    return first;
  }

  /// `write` writes one, `read` reads it back.
  template <class Write>
  void save(StateWriter& writer, const Write& write) const {
    writer.value(static_cast<uint64_t>(proposals_.size()));
    for (const Proposal& proposal : proposals_) write(proposal);
  }
  template <class Read>
  void restore(StateReader& reader, const Read& read) {
    proposals_.clear();
    for (auto n = reader.value<uint64_t>(); n > 0; --n) proposals_.push_back(read());
  }

 private:
  std::deque<Proposal> proposals_;
};

}  // namespace nasnet::search
