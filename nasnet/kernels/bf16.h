#pragma once

// bfloat16: a float without the lower half of its mantissa. Activations in it take half the memory,
// and processors with AVX512-BF16 multiply it twice as fast; its range is that of floats, so that
// training needs no scaling of the loss.

#include <bit>
#include <cstdint>

namespace nasnet::kernels {

/// The one NaN that every NaN becomes in bf16, as a float's bits.
inline constexpr uint32_t kBf16Nan = 0x7fc00000;

/// The upper half of a float: its range, and 8 bits of mantissa.
struct Bf16 {
  uint16_t bits = 0;

  Bf16() = default;
  /// To the nearest, and to the even one of two as near. Rounding would carry a NaN's mantissa into
  /// its sign, or leave none of it.
  explicit Bf16(float value) {
    const auto whole = std::bit_cast<uint32_t>(value);
    const bool nan = value != value;
    bits = static_cast<uint16_t>((nan ? kBf16Nan : whole + 0x7fff + ((whole >> 16) & 1)) >> 16);
  }
  operator float() const { return std::bit_cast<float>(uint32_t{bits} << 16); }
};

/// Does this machine multiply them (AVX512-BF16)? Without it bf16 would be slower than float32.
bool can_multiply_bf16();

}  // namespace nasnet::kernels
