#pragma once

#include <cstdint>
#include <vector>

namespace nasnet::graph {

/// One draw for each value of a mask: 1 / keep with probability `keep`, else 0; of the named
/// purpose
/// ("drop path", "dropout") and stream (the operator's index) at this step of the training.
std::vector<float> random_mask(int64_t count, double keep, uint64_t seed, int64_t step,
                               uint64_t stream, const char* purpose);

}  // namespace nasnet::graph
