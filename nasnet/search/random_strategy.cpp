#include "nasnet/search/random_strategy.h"

#include <charconv>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"

namespace nasnet::search {

std::vector<space::Choices> RandomStrategy::propose(int count) {
  std::vector<space::Choices> proposals;
  for (int i = 0; i < count; ++i) {
    Random random(seed_, proposed_++, "random proposal");
    space::Choices choices;
    for (const space::Decision& decision : space_.decisions())
      choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
    proposals.push_back(std::move(choices));
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
