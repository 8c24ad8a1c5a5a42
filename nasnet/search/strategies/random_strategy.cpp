#include "nasnet/search/strategies/random_strategy.h"

#include <charconv>

#include "nasnet/base/error.h"
#include "nasnet/search/strategies/random_choices.h"

namespace nasnet::search {

std::vector<space::Choices> RandomStrategy::propose(int count) {
  std::vector<space::Choices> proposals;
  for (int i = 0; i < count; ++i) {
    Random random(seed_, proposed_++, "random proposal");
    std::vector<space::Choices> drawn;
    for (int draw = 0; draw < candidates_.screen().draws; ++draw)
      drawn.push_back(random_admitted(candidates_, random));
    proposals.push_back(candidates_.pick(std::move(drawn)));
  }
  return proposals;
}

void RandomStrategy::restore(const std::string& state) {
  const char* end = state.data() + state.size();
  const auto [stop, error] = std::from_chars(state.data(), end, proposed_);
  if (error != std::errc() || stop != end)
    throw InputError("the study's stored strategy state is damaged or belongs to another strategy");
}

}  // namespace nasnet::search
