#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/search/goals/counter.h"
#include "nasnet/search/goals/hard_limit.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// Throws InputError where none of 10,000 random candidates is within the limits, with the least
/// (of an "at least": the greatest) that was seen of each limited quantity. Takes a second or two,
/// the longest where it throws.
void demand_reachable(const std::vector<HardLimit>& limits, const space::SearchSpace& space,
                      const Counter& counter, uint64_t seed);

}  // namespace nasnet::search
