#pragma once

// Depthwise convolutions: each channel has a kernel of its own; with the 1x1 convolution behind it
// such a one is a separable convolution. A loaded value serves only the kernel x kernel results
// around it, not all output channels: loads are the limit, and these kernels save them by sliding
// over rows (docs/kernels.md).

#include "nasnet/kernels/ahead.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/channel_sums.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// A depthwise convolution of an image that has its border already: the padded image has
/// padded_height() x padded_width() pixels, and may be a part of a wider one.
struct DepthwiseShape {
  int channels = 0;
  int kernel = 3, stride = 1, dilation = 1;
  int height = 0, width = 0;  ///< of the result

  int padded_height() const { return (height - 1) * stride + (kernel - 1) * dilation + 1; }
  int padded_width() const { return (width - 1) * stride + (kernel - 1) * dilation + 1; }
  Size result() const { return {height, width, channels}; }
};

/// out[r, c] = sum over the window of in[r stride + i dilation, c stride + j dilation] w[i, j], by
/// channel. `in`: the padded image; `weights`: kernel x kernel rows of padded(channels) floats;
/// `out`: rows that follow each other; `ahead`: memory to prefetch meanwhile. Kernels of 3, 5 and 7
/// without dilation are fast.
void depthwise(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
               Pixels<float> out, Ahead* ahead = nullptr);
void depthwise(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
               Pixels<Bf16> out, Ahead* ahead = nullptr);

/// gradient += sum over the pixels of the padded image x and d: the weights' gradient, in rows as
/// theirs, of which the values behind the channels are left undefined.
void depthwise_weight_gradient(Backward<float> from, const DepthwiseShape& shape, float* gradient);

/// A part of a padded image: the image without its border, say.
struct Part {
  int row = 0, column = 0, height = 0, width = 0;
};

/// The zeros that depthwise_input_gradient() wants around d.
Border gradient_border(const DepthwiseShape& shape, const Part& part);

/// The way of a gradient from an activated image to the image before its activation.
template <class T>
struct Passage {
  /// The part of the padded image that the gradient is of, after its ReLU: nothing passes where it
  /// is zero or below. None where there is no ReLU.
  Pixels<const float> activated = {};
  /// Sums of what passed, as gradient_sums() takes them with this map as x; none for no sums.
  Pixels<const T> raw = {};
  CenteredSums sums = {};
  Write write = Write::kReplace;
  Ahead* ahead = nullptr;  ///< memory to prefetch meanwhile
};

/// The gradient of a part of the padded image, height x width pixels, as far as the passage lets it
/// through. `d` is the first pixel of the result's gradient inside gradient_border() of zeros.
void depthwise_input_gradient(Pixels<const float> d, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<float>& passage, Pixels<float> gradient);
void depthwise_input_gradient(Pixels<const float> d, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<Bf16>& passage, Pixels<Bf16> gradient);

namespace reference {
void depthwise(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
               Pixels<float> out);
void depthwise_weight_gradient(Backward<float> from, const DepthwiseShape& shape, float* gradient);
void depthwise_input_gradient(Pixels<const float> d, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<float>& passage, Pixels<float> gradient);
}  // namespace reference

}  // namespace nasnet::kernels
