// Winograd's transforms: products with small constant matrices, of as many vectors as there are
// tiles and channels. The matrices are template parameters, so that only the additions that they
// stand for are left.

#include "nasnet/kernels/winograd.h"

#include "nasnet/kernels/winograd_matrices.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/winograd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// out = Matrix in, of one vector of channels. The matrix is known to the compiler: what is zero is
/// left out, and what is one needs no product.
template <class Matrix, bool kTail>
HWY_INLINE void transform_vector(const float* HWY_RESTRICT in, int64_t in_step, const Floats& lanes,
                                 float* HWY_RESTRICT out, int64_t out_step) {
  constexpr Table<Matrix> kMatrix;
  Vector values[Matrix::kColumns];
  NASNET_UNROLL
  for (int k = 0; k < Matrix::kColumns; ++k) values[k] = load<kTail>(lanes, in + k * in_step);
  NASNET_UNROLL
  for (int r = 0; r < Matrix::kRows; ++r) {
    Vector sum = hn::Zero(Tag());
    bool first = true;
    NASNET_UNROLL
    for (int k = 0; k < Matrix::kColumns; ++k) {
      const float factor = kMatrix.values[r][k];
      if (factor == 0) continue;
      if (first) {
        sum = factor == 1 ? values[k] : hn::Mul(values[k], hn::Set(Tag(), factor));
      } else {
        sum = factor == 1 ? hn::Add(sum, values[k])
                          : hn::MulAdd(values[k], hn::Set(Tag(), factor), sum);
      }
      first = false;
    }
    store<kTail>(lanes, sum, out + r * out_step);
  }
}

/// A transform of every tile: rows, blocks of tiles in a row, and phases within a block.
template <class Matrix>
void transform(const OnLattice<const float>& in, const OnLattice<float>& out,
               const LatticeShape& shape) {
  const Lattice from = in.lattice, to = out.lattice;
  const Floats lanes(shape.channels);
  for (int64_t y = 0; y < shape.rows; ++y)
    for (int64_t b = 0; b < shape.blocks; ++b)
      for (int64_t q = 0; q < shape.phases; ++q) {
        const float* source = in.data + y * from.row + b * from.block + q * from.phase;
        float* result = out.data + y * to.row + b * to.block + q * to.phase;
        for_vectors(shape.channels, [&](auto tail, int64_t c) HWY_ATTR {
          transform_vector<Matrix, decltype(tail)::value>(source + c, from.step, lanes, result + c,
                                                          to.step);
        });
      }
}

void Transform(Winograd which, int taps, const OnLattice<const float>& in,
               const OnLattice<float>& out, const LatticeShape& shape) {
  with_winograd_matrix(which, taps,
                       [&](auto matrix) HWY_ATTR { transform<decltype(matrix)>(in, out, shape); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Transform);

void winograd(Winograd which, int taps, const OnLattice<const float>& in,
              const OnLattice<float>& out, const LatticeShape& shape) {
  NASNET_CHECK(taps == 3 || taps == 4, "there are matrices for these");
  NASNET_CHECK(shape.rows >= 0 && shape.blocks >= 0 && shape.phases >= 0 && shape.channels > 0);
  NASNET_DCHECK(in.data != out.data, "a transform is not done in place");
  HWY_DYNAMIC_DISPATCH(Transform)(which, taps, in, out, shape);
}

}  // namespace nasnet::kernels
#endif
