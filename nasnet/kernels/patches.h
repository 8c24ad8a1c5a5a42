#pragma once

// A convolution as a product of its windows ("im2col"): each pixel is copied once for each window
// that it is in.

#include <cstdint>

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// The windows of a dense convolution over an image that has its border already.
struct PatchShape {
  int channels = 0;
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation = 1;
  int padded_width = 0;  ///< of the padded image
  int out_width = 0;     ///< of the result

  int64_t size() const { return int64_t{kernel_height} * kernel_width * channels; }
};

/// Copies the windows of some of the result's pixels to `out`, one a row: kernel_height x
/// kernel_width x channels values, rounded. `in`: the padded image. A convolution in bf16 is a
/// matmul of these rows.
void gather_patches(Pixels<const float> in, const PatchShape& shape, PixelRange pixels,
                    Pixels<Bf16> out);

/// The way back: gradient += the rows of `d` at their windows of the padded image.
void scatter_patches(Pixels<const float> d, const PatchShape& shape, PixelRange pixels,
                     Pixels<float> gradient);

}  // namespace nasnet::kernels
