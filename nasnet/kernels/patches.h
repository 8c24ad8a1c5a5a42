#pragma once

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

/// Copies the windows of result pixels [first, first + count) to `out`, one a row of `out_stride`
/// values: kernel_height x kernel_width x channels. A convolution in bf16 is a matmul of these
/// rows.
void gather_patches(const float* in, int64_t in_stride, const PatchShape& shape, int64_t first,
                    int64_t count, Bf16* out, int64_t out_stride);

/// The way back: gradient += the rows of `d` at their windows of the padded image.
void scatter_patches(const float* d, int64_t d_stride, const PatchShape& shape, int64_t first,
                     int64_t count, float* gradient, int64_t gradient_stride);

}  // namespace nasnet::kernels
