#pragma once

#include <cstdint>

namespace nasnet::kernels {

// Winograd's convolution of three taps (Lavin & Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016), F(4, 3) along one axis: four results of three taps each take six products
// instead of twelve. With the matrices of the paper, and . the product of two vectors element by
// element (of pixels: a matrix product over the channels),
//   y = A^T (G w . B^T x);   the gradient of G w is A d . B^T x, w's is G^T of that.

enum class Winograd {
  kInput,           ///< B^T: six values to six
  kOutput,          ///< A^T: six products to four results
  kGradient,        ///< A: four gradients of results to those of six products
  kWeights,         ///< G: three weights to six
  kWeightGradient,  ///< G^T: six gradients to those of three weights
};

inline constexpr int kWinogradTile = 4, kWinogradPoints = 6, kWinogradTaps = 3;

/// Floats from one of the values that are transformed together to the next, and between groups of
/// them in rows, blocks and phases.
struct Lattice {
  int64_t step = 0, row = 0, block = 0, phase = 0;
};
struct LatticeShape {
  int64_t rows = 1, blocks = 1, phases = 1, channels = 0;
};

/// Transforms rows x blocks x phases x channels groups of values.
void winograd(Winograd which, const float* in, const Lattice& from, float* out, const Lattice& to,
              const LatticeShape& shape);

namespace reference {
void winograd(Winograd which, const float* in, const Lattice& from, float* out, const Lattice& to,
              const LatticeShape& shape);
}  // namespace reference

}  // namespace nasnet::kernels
