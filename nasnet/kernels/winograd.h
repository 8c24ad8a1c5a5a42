#pragma once

#include <cstdint>

namespace nasnet::kernels {

// Winograd's convolution (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016)
// along one axis, F(4, 3) or F(4, 4): four results of three taps each take six products instead of
// twelve, of four taps seven instead of sixteen. With the matrices of the paper, and . the product
// of two vectors element by element (of pixels: a matrix product over the channels),
//   y = A^T (G w . B^T x);   the gradient of G w is A d . B^T x, w's is G^T of that.

enum class Winograd {
  kInput,           ///< B^T: as many values as points to those
  kOutput,          ///< A^T: the products of the points to four results
  kGradient,        ///< A: four gradients of results to those of the products
  kWeights,         ///< G: the taps' weights to those of the points
  kWeightGradient,  ///< G^T: the gradients of these to those of the taps' weights
};

inline constexpr int kWinogradTile = 4;
constexpr int winograd_points(int taps) {
  return taps + kWinogradTile - 1;
}

/// Floats from one of the values that are transformed together to the next, and between groups of
/// them in rows, blocks and phases.
struct Lattice {
  int64_t step = 0, row = 0, block = 0, phase = 0;
};
struct LatticeShape {
  int64_t rows = 1, blocks = 1, phases = 1, channels = 0;
};

/// Values on a lattice: the address of the first.
template <class T>
struct OnLattice {
  T* data;
  Lattice lattice;
};

/// Transforms rows x blocks x phases x channels groups of values; `taps`: three or four.
void winograd(Winograd which, int taps, const OnLattice<const float>& in,
              const OnLattice<float>& out, const LatticeShape& shape);

namespace reference {
void winograd(Winograd which, int taps, const OnLattice<const float>& in,
              const OnLattice<float>& out, const LatticeShape& shape);
}  // namespace reference

}  // namespace nasnet::kernels
