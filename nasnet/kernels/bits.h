#pragma once

// Codes of activations: a bit a value.

#include <cstdint>

namespace nasnet::kernels {

/// Words of 64 bits that a row of so many takes.
constexpr int64_t words_of(int64_t bits) {
  return (bits + 63) / 64;
}

/// Is each of `count` values above 0? In words_of(count) words, the last of which ends in zeros.
void positive_bits(const float* x, int64_t count, uint64_t* bits);

/// The number of places where two rows of `words` words differ (Hamming's distance).
int64_t differing_bits(const uint64_t* x, const uint64_t* y, int64_t words);

}  // namespace nasnet::kernels
