#pragma once

#include <cstdint>

#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// A depthwise convolution of an image that has its border already: the padded image has
/// padded_height() x padded_width() pixels.
struct DepthwiseShape {
  int channels = 0;
  int kernel = 3, stride = 1, dilation = 1;
  int height = 0, width = 0;  ///< of the result

  int padded_height() const { return (height - 1) * stride + (kernel - 1) * dilation + 1; }
  int padded_width() const { return (width - 1) * stride + (kernel - 1) * dilation + 1; }
};

/// out[r, c] = sum over the window of in[r stride + i dilation, c stride + j dilation] w[i, j], by
/// channel. `weights`: kernel x kernel rows of padded(channels) floats.
void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride);

/// gradient += sum over pixels of in d: the weights' gradient, in their form. What the padding
/// holds afterwards is not defined but finite.
void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               const DepthwiseShape& shape, float* gradient);

/// A part of a padded image: the image without its border, say.
struct Part {
  int row = 0, column = 0, height = 0, width = 0;
};

/// The gradient of a part of the padded image, which is overwritten: height x width pixels.
void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part, float* gradient,
                              int64_t gradient_stride);

namespace reference {
void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride);
void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               const DepthwiseShape& shape, float* gradient);
void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part, float* gradient,
                              int64_t gradient_stride);
}  // namespace reference

}  // namespace nasnet::kernels
