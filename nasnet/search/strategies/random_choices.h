#pragma once

#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// A candidate whose decisions are drawn uniformly, each by itself. Isomorphic candidates are as
/// likely together as they have names.
inline space::Choices random_choices(const space::SearchSpace& space, Random& random) {
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return choices;
}

/// Gives one decision another choice: the decision is drawn uniformly of those with more than one
/// choice, then the choice of its others. Nothing where there is no such decision.
inline void mutate(const space::SearchSpace& space, space::Choices& choices, Random& random) {
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

}  // namespace nasnet::search
