#pragma once

#include <cstddef>
#include <vector>

#include "nasnet/search/goals/front.h"

namespace nasnet::search {

/// So many points, one after another: each time the one that lets the hypervolume of the front and
/// of those picked before grow most; where none lets it grow, the one with the least `otherwise`
/// (a number a point). The earlier point wins ties. Fewer where there are not so many.
std::vector<size_t> pick_by_volume(const std::vector<Losses>& front,
                                   const std::vector<Losses>& points,
                                   const std::vector<double>& otherwise, const Losses& reference,
                                   size_t count);

}  // namespace nasnet::search
