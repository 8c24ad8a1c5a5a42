#pragma once

// Average and maximum pools of the cells, and the mean over a whole image before the classifier.
// Padding is left out of divisor and maximum, as in TensorFlow's SAME, so that a pool keeps the
// mean of its image at the edges, too. Arithmetic is in floats for maps of either type.

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// Windows of kernel x kernel pixels, `stride` apart; each has at least one pixel of the image.
/// Rows of the image and of the result follow each other.
struct PoolShape {
  int64_t channels = 0;
  int height = 0, width = 0;          ///< of the image
  int out_height = 0, out_width = 0;  ///< of the result
  int kernel = 3, stride = 1;
  int top = 0, left = 0;  ///< rows and columns of padding before the image
  /// The padding takes part as zeros (a port's variant), instead of being left out of divisor and
  /// maximum.
  bool zeros = false;
  /// Of the image, applied as it is read; the padding's zeros are left as they are.
  Affine affine = {};

  Size image() const { return {height, width, channels}; }
  Size result() const { return {out_height, out_width, channels}; }
};

/// out = the mean of each window.
void average_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out);
void average_pool(Pixels<const Bf16> in, const PoolShape& shape, Pixels<Bf16> out);

/// gradient += the share of each window's d that a pixel has. With an affine this is the gradient
/// of affine(in), as in the other gradients here.
void average_pool_gradient(Pixels<const float> d, const PoolShape& shape, Pixels<float> gradient);
void average_pool_gradient(Pixels<const Bf16> d, const PoolShape& shape, Pixels<Bf16> gradient);

/// out = the largest of each window; NaN where one is.
void max_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out);
void max_pool(Pixels<const Bf16> in, const PoolShape& shape, Pixels<Bf16> out);

/// gradient += d at the first pixel of each window (row by row) that holds its maximum, at the last
/// NaN where there is one, as in libtorch; x is the image.
void max_pool_gradient(Backward<float> from, const PoolShape& shape, Pixels<float> gradient);
void max_pool_gradient(Backward<Bf16> from, const PoolShape& shape, Pixels<Bf16> gradient);

/// The mean over all of an image's pixels, of activated values where `relu` says so.
struct GlobalPoolShape {
  int64_t pixels = 0, channels = 0;
  bool relu = false;
};

/// out: one pixel.
void global_average(Pixels<const float> in, const GlobalPoolShape& shape, Pixels<float> out);
void global_average(Pixels<const Bf16> in, const GlobalPoolShape& shape, Pixels<Bf16> out);

/// The gradient, replaced or added to, is d / pixels where the value passed. `d`: one pixel.
void global_average_gradient(Backward<float> from, const GlobalPoolShape& shape,
                             Pixels<float> gradient, Write write);
void global_average_gradient(Backward<Bf16> from, const GlobalPoolShape& shape,
                             Pixels<Bf16> gradient, Write write);

namespace reference {
void average_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out);
void average_pool_gradient(Pixels<const float> d, const PoolShape& shape, Pixels<float> gradient);
void max_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out);
void max_pool_gradient(Backward<float> from, const PoolShape& shape, Pixels<float> gradient);
void global_average(Pixels<const float> in, const GlobalPoolShape& shape, Pixels<float> out);
void global_average_gradient(Backward<float> from, const GlobalPoolShape& shape,
                             Pixels<float> gradient, Write write);
}  // namespace reference

}  // namespace nasnet::kernels
