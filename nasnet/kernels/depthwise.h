#pragma once

#include <cstdint>

#include "nasnet/kernels/ahead.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// A depthwise convolution of an image that has its border already: the padded image has
/// padded_height() x padded_width() pixels, and may be a part of a wider one.
struct DepthwiseShape {
  int channels = 0;
  int kernel = 3, stride = 1, dilation = 1;
  int height = 0, width = 0;  ///< of the result
  int64_t in_row = 0;  ///< pixels from one row of the padded image to the next; 0: padded_width()

  int padded_height() const { return (height - 1) * stride + (kernel - 1) * dilation + 1; }
  int padded_width() const { return (width - 1) * stride + (kernel - 1) * dilation + 1; }
  int64_t row() const { return in_row > 0 ? in_row : padded_width(); }
  /// Demands sizes that fit each other, and results whose pixels lie apart.
  void check(int64_t out_stride) const {
    NASNET_CHECK(channels > 0 && height > 0 && width > 0);
    NASNET_CHECK(kernel > 0 && stride > 0 && dilation > 0);
    NASNET_CHECK(row() >= padded_width(), "windows of a row lie in it");
    NASNET_CHECK(lie_apart(out_stride, int64_t{height} * width, channels));
  }
};

/// out[r, c] = sum over the window of in[r stride + i dilation, c stride + j dilation] w[i, j], by
/// channel. `weights`: kernel x kernel rows of padded(channels) floats. `ahead`: memory to prefetch
/// meanwhile.
void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride, Ahead* ahead = nullptr);

/// gradient += sum over pixels of in d: the weights' gradient, in their form. The padding is left
/// undefined. `d_row`: floats from one row of d to the next.
void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               int64_t d_row, const DepthwiseShape& shape, float* gradient);

/// A part of a padded image: the image without its border, say.
struct Part {
  int row = 0, column = 0, height = 0, width = 0;
};

/// The zeros that depthwise_input_gradient() wants around d.
Border gradient_border(const DepthwiseShape& shape, const Part& part);

/// How the gradient of an activated image becomes that of the image before its activation.
template <class T>
struct Passage {
  /// The part of the padded image that the gradient is of, after its ReLU: nothing passes where it
  /// is zero or below. Null where there is no ReLU. `row`: floats from one row to the next.
  const float* activated = nullptr;
  int64_t activated_stride = 0, activated_row = 0;
  /// Sums as gradient_sums() takes them, of what passed and of a raw image; null for none.
  const T* raw = nullptr;
  int64_t raw_stride = 0;
  const float* origin = nullptr;
  double* sum = nullptr;
  double* product = nullptr;
  Ahead* ahead = nullptr;  ///< memory to prefetch meanwhile
};

/// gradient (+)= the gradient of a part of the padded image, height x width pixels, as far as the
/// passage lets it through. `d` is the first pixel of the result's gradient; around it lie zeros,
/// gradient_border() of them, and the width of both borders with d's is its row.
void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<float>& passage, float* gradient,
                              int64_t gradient_stride, bool accumulate);

/// With a result in bf16, or from and to maps of bf16: the arithmetic stays in floats.
void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, Bf16* out, int64_t out_stride, Ahead* ahead = nullptr);
void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<Bf16>& passage, Bf16* gradient, int64_t gradient_stride,
                              bool accumulate);

namespace reference {
void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride);
void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               int64_t d_row, const DepthwiseShape& shape, float* gradient);
void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<float>& passage, float* gradient,
                              int64_t gradient_stride, bool accumulate);
}  // namespace reference

}  // namespace nasnet::kernels
