#pragma once

#include <cstdint>
#include <vector>

namespace nasnet::graph {

/// A mask of `count` values: 1 / keep with probability `keep`, else 0. The draws are named by
/// purpose ("drop path", "dropout"), stream (the operator's index) and step of the training.
std::vector<float> random_mask(int64_t count, double keep, uint64_t seed, int64_t step,
                               uint64_t stream, const char* purpose);

}  // namespace nasnet::graph
