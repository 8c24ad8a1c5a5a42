// The transforms as sums over rows of the matrices.

#include "nasnet/kernels/winograd.h"
#include "nasnet/kernels/winograd_matrices.h"

namespace nasnet::kernels::reference {
namespace {

template <class Matrix>
void transform(const OnLattice<const float>& in, const OnLattice<float>& out,
               const LatticeShape& shape) {
  const Lattice &from = in.lattice, &to = out.lattice;
  constexpr Table<Matrix> kMatrix;
  for (int64_t y = 0; y < shape.rows; ++y)
    for (int64_t b = 0; b < shape.blocks; ++b)
      for (int64_t q = 0; q < shape.phases; ++q)
        for (int64_t c = 0; c < shape.channels; ++c)
          for (int r = 0; r < Matrix::kRows; ++r) {
            double sum = 0;
            for (int k = 0; k < Matrix::kColumns; ++k)
              if (kMatrix.values[r][k] != 0)  // not even of infinity
                sum += double{kMatrix.values[r][k]} *
                       in.data[y * from.row + b * from.block + q * from.phase + k * from.step + c];
            out.data[y * to.row + b * to.block + q * to.phase + r * to.step + c] =
                static_cast<float>(sum);
          }
}

}  // namespace

void winograd(Winograd which, int taps, const OnLattice<const float>& in,
              const OnLattice<float>& out, const LatticeShape& shape) {
  with_winograd_matrix(which, taps,
                       [&](auto matrix) { transform<decltype(matrix)>(in, out, shape); });
}

}  // namespace nasnet::kernels::reference
