#include "nasnet/search/strategies/random_choices.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

constexpr int kMostDraws = 1000000;

}  // namespace

space::Choices random_choices(const space::SearchSpace& space, Random& random) {
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return choices;
}

void mutate(const space::SearchSpace& space, space::Choices& choices, Random& random) {
  std::vector<size_t> open;
  const auto& decisions = space.decisions();
  for (size_t i = 0; i < decisions.size(); ++i)
    if (decisions[i].choices > 1) open.push_back(i);
  if (open.empty()) return;
  const size_t i = open[random.below(static_cast<uint32_t>(open.size()))];
  const auto others = static_cast<uint32_t>(decisions[i].choices - 1);
  const auto other = static_cast<int>(random.below(others));
  choices[i] = other + (other >= choices[i] ? 1 : 0);
}

std::optional<space::Choices> try_random(const Candidates& candidates, Random& random, int draws) {
  for (; draws > 0; --draws) {
    space::Choices choices = random_choices(candidates.space(), random);
    if (candidates.admits(choices)) return choices;
  }
  return std::nullopt;
}

space::Choices random_admitted(const Candidates& candidates, Random& random) {
  if (auto choices = try_random(candidates, random, kMostDraws)) return *choices;
  throw InputError(fmt::format(
      "--limit: none of {} random candidates is within the limits; give greater ones", kMostDraws));
}

space::Choices mutate_admitted(const Candidates& candidates, const space::Choices& parent,
                               int mutations, Random& random) {
  for (int draw = 0; draw < kDraws; ++draw) {
    space::Choices choices = parent;
    if (draw > 0) mutations = 1 + static_cast<int>(random.below(3));
    for (int i = 0; i < mutations; ++i) mutate(candidates.space(), choices, random);
    if (candidates.admits(choices)) return choices;
  }
  return random_admitted(candidates, random);
}

}  // namespace nasnet::search
