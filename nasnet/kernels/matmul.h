#pragma once

#include <cstdint>

#include "nasnet/kernels/ahead.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// The floats from one row of a matrix to the next, where the matrix is made for these kernels.
/// Of bf16 they are pairs, the last one with a zero where the count is odd.
template <class T>
int64_t inner_stride(int64_t inner) {
  return sizeof(T) == 2 ? (inner + 1) / 2 * 2 : inner;
}

/// The right-hand matrix of matmul() in the making, all zeros at first.
template <class T>
class Weights;
template <>
class Weights<float> {
 public:
  Weights(int64_t inner, int64_t columns, Aligned<float>& memory)
      : memory_(memory), row_(padded(columns)) {
    memory.assign(static_cast<size_t>(inner * row_), 0.0f);
  }
  float& at(int64_t k, int64_t column) const { return memory_[k * row_ + column]; }

 private:
  Aligned<float>& memory_;
  int64_t row_;
};

/// In bf16 two rows at a time: pairs of values side by side, zeros where the inner size is odd.
template <>
class Weights<Bf16> {
 public:
  Weights(int64_t inner, int64_t columns, Aligned<Bf16>& memory)
      : memory_(memory), row_(padded(columns)) {
    memory.assign(static_cast<size_t>((inner + 1) / 2 * 2 * row_), Bf16());
  }
  Bf16& at(int64_t k, int64_t column) const {
    return memory_[k / 2 * 2 * row_ + column * 2 + k % 2];
  }

 private:
  Aligned<Bf16>& memory_;
  int64_t row_;
};

/// c = a b, or c += a b: a is rows x inner (pixels by channels, `a_stride` floats a row), b is
/// inner rows of padded(columns) floats, c is rows x columns (`c_stride` floats a row). A 1x1
/// convolution, and with b transposed the gradient of its input.
void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, bool accumulate);

/// Steps that a product goes through on its way to memory, in this order.
template <class T>
struct Finish {
  const float* bias = nullptr;  ///< added, padded(columns) floats
  bool relu = false;
  /// Nothing passes where this map is zero or below: the way of a gradient back through a ReLU.
  const T* mask = nullptr;
  int64_t mask_stride = 0;
  bool accumulate = false;  ///< added to what is there
  Ahead* ahead = nullptr;   ///< memory to prefetch meanwhile
};
void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish);

/// A part of the rows of a matrix that is put together from several places of a map: the floats
/// from `offset` after a row's address on, which meet the rows of b from `row` on.
struct Tap {
  int64_t offset = 0, row = 0;
  bool operator==(const Tap&) const = default;
};
struct Taps {
  const Tap* first = nullptr;
  int64_t count = 0;   ///< none: the sums are zeros
  int64_t length = 0;  ///< floats of each
};

/// The same with rows made of taps: a row of the pixels of a dense convolution straight from its
/// image, without a copy of each pixel's window.
void matmul(const float* a, int64_t a_stride, int64_t rows, const Taps& taps, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish);

/// c += a^T d: a is rows x inner, d rows x columns; c is inner rows of padded(columns) floats. The
/// gradient of a 1x1 convolution's weights. What the padding of c holds afterwards is not
/// defined. `ahead`: memory to prefetch meanwhile.
void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, int64_t inner, int64_t columns, float* c,
                       Ahead* ahead = nullptr);

/// Rows that lie in lines of their own: the floats from one line's first to the next one's.
struct Lines {
  int64_t count = 1, a = 0, d = 0;
};

/// The same of `rows` rows in each of several lines: of a dense convolution's weights, called for
/// each of its taps with the rows of its image.
void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, const Lines& lines, int64_t inner, int64_t columns, float* c,
                       Ahead* ahead = nullptr);

/// The same of bf16 matrices, for machines that can_multiply_bf16(): sums are floats. Rows of `a`
/// have a value more where the inner size is odd, finite; b is what Weights makes.
void matmul(const Bf16* a, int64_t a_stride, int64_t rows, int64_t inner, const Bf16* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish);
void matmul(const Bf16* a, int64_t a_stride, int64_t rows, int64_t inner, const Bf16* b,
            int64_t columns, Bf16* c, int64_t c_stride, const Finish<Bf16>& finish);
void matmul_transposed(const Bf16* a, int64_t a_stride, const Bf16* d, int64_t d_stride,
                       int64_t rows, int64_t inner, int64_t columns, float* c,
                       Ahead* ahead = nullptr);

namespace reference {
void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish);
void matmul(const float* a, int64_t a_stride, int64_t rows, const Taps& taps, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish);
void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, const Lines& lines, int64_t inner, int64_t columns, float* c);
}  // namespace reference

}  // namespace nasnet::kernels
