#pragma once

// Products of matrices, in which most of the arithmetic of a network is: a 1x1 convolution is one,
// a dense one is one over its windows. Rows are pixels, so that a product reads and writes maps as
// they lie; the right-hand side is packed once a training step.

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
    memory.assign(inner * row_, 0.0f);
  }
  float& at(int64_t k, int64_t column) const {
    NASNET_DCHECK(k >= 0 && column >= 0 && column < row_, "a weight lies in its row");
    return memory_[k * row_ + column];
  }

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
    memory.assign((inner + 1) / 2 * 2 * row_, Bf16());
  }
  Bf16& at(int64_t k, int64_t column) const {
    NASNET_DCHECK(k >= 0 && column >= 0 && column < row_, "a weight lies in its row");
    return memory_[k / 2 * 2 * row_ + column * 2 + k % 2];
  }

 private:
  Aligned<Bf16>& memory_;
  int64_t row_;
};

/// Sizes of a product. Rows of `a` and `c` are pixels; `inner` values of each meet the rows of b.
struct Product {
  int64_t rows = 0, inner = 0, columns = 0;
};

/// Steps that a product goes through on its way to memory, in this order.
template <class T>
struct Finish {
  const float* bias = nullptr;  ///< added, padded(columns) floats
  bool relu = false;
  /// Nothing passes where this map is zero or below: the way of a gradient back through a ReLU.
  Pixels<const T> mask = {};
  Write write = Write::kReplace;
  Ahead* ahead = nullptr;  ///< memory to prefetch meanwhile
};

/// c = a b: `b` is inner rows of padded(columns) values, as Weights makes them. A 1x1 convolution,
/// and with b transposed the gradient of its input. Sums are floats. Of bf16, for machines that
/// can_multiply_bf16(), rows of `a` have a value more where the inner size is odd, finite.
void matmul(Pixels<const float> a, const float* b, const Product& size, Pixels<float> c,
            const Finish<float>& finish = {});
void matmul(Pixels<const Bf16> a, const Bf16* b, const Product& size, Pixels<float> c,
            const Finish<float>& finish = {});
void matmul(Pixels<const Bf16> a, const Bf16* b, const Product& size, Pixels<Bf16> c,
            const Finish<Bf16>& finish = {});

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

/// The same with rows made of taps, which say the inner size: a row of the pixels of a dense
/// convolution straight from its image, without a copy of each pixel's window.
void matmul(Pixels<const float> a, const Taps& taps, const float* b, const Product& size,
            Pixels<float> c, const Finish<float>& finish = {});

/// Sizes of the product of a transposed matrix: the sum goes over `lines` lines of `rows` pixels,
/// which are rows of images where there are several.
struct TransposedProduct {
  int64_t lines = 1, rows = 0, inner = 0, columns = 0;
};

/// c += x^T d: x has `inner` values a pixel, d `columns`; c is inner rows of padded(columns)
/// floats, whose padding is left undefined. The gradient of a 1x1 convolution's weights, and of
/// those of a tap of a dense one. Of bf16 in a single line only.
void matmul_transposed(Backward<float> from, const TransposedProduct& size, float* c,
                       Ahead* ahead = nullptr);
void matmul_transposed(Backward<Bf16> from, const TransposedProduct& size, float* c,
                       Ahead* ahead = nullptr);

namespace reference {
void matmul(Pixels<const float> a, const float* b, const Product& size, Pixels<float> c,
            const Finish<float>& finish = {});
void matmul(Pixels<const float> a, const Taps& taps, const float* b, const Product& size,
            Pixels<float> c, const Finish<float>& finish = {});
void matmul_transposed(Backward<float> from, const TransposedProduct& size, float* c);
}  // namespace reference

}  // namespace nasnet::kernels
