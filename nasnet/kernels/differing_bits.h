#pragma once

#include <cstdint>

namespace nasnet::kernels {

/// The number of places where two rows of `words` x 64 bits differ (Hamming's distance).
int64_t differing_bits(const uint64_t* x, const uint64_t* y, int64_t words);

}  // namespace nasnet::kernels
