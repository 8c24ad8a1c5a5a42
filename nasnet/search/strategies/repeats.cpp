#include "nasnet/search/strategies/repeats.h"

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"

namespace nasnet::search {
namespace {

constexpr size_t kMost = 20000;

}  // namespace

space::Choices read_choices(StateReader& reader, const space::SearchSpace& space) {
  auto choices = reader.list<int>();
  const auto& decisions = space.decisions();
  if (choices.size() != decisions.size()) StateReader::fail();
  for (size_t t = 0; t < choices.size(); ++t)
    if (choices[t] < 0 || choices[t] >= decisions[t].choices) StateReader::fail();
  return choices;
}

bool Repeats::knows(const space::Choices& choices) const {
  return known_.contains(hash64(candidates_.form(choices)));
}

bool Repeats::add(const space::Choices& choices) {
  const uint64_t hash = hash64(candidates_.form(choices));
  if (known_.contains(hash)) return false;
  add_hash(hash);
  return true;
}

void Repeats::add_hash(uint64_t hash) {
  known_.insert(hash);
  order_.push_back(hash);
  if (order_.size() <= kMost) return;
  known_.erase(order_.front());
  order_.pop_front();
  NASNET_DCHECK(known_.size() == order_.size(), "each hash is known once");
}

void Repeats::save(StateWriter& writer) const {
  writer.list(std::vector<uint64_t>(order_.begin(), order_.end()));
}

void Repeats::restore(StateReader& reader) {
  const auto hashes = reader.list<uint64_t>();
  if (hashes.size() > kMost) StateReader::fail();
  order_.clear();
  known_.clear();
  for (const uint64_t hash : hashes) {
    if (known_.contains(hash)) StateReader::fail();
    add_hash(hash);
  }
}

}  // namespace nasnet::search
