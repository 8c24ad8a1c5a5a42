#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nasnet/search/goals/front.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// A candidate that has been evaluated, as strategies learn from it.
struct Lesson {
  space::Choices choices;
  double reward = 0;
  Losses losses;  ///< in a study of several goals
  bool operator==(const Lesson&) const = default;
};

/// All that is known from a study that was before, on the same space, with other data or other
/// children. Rewards of two studies cannot be compared; the places of candidates within each can.
struct EarlierStudy {
  std::string name;
  std::vector<Lesson> lessons;
  bool operator==(const EarlierStudy&) const = default;
};

/// Leaves `most` lessons: the better half of those, by reward or, of several goals, by rank among
/// them, so that good ones are known; and of the rest the latest.
void forget_some(std::vector<Lesson>& lessons, size_t most);

}  // namespace nasnet::search
