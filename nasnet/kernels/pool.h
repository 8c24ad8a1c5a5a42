#pragma once

#include <cstdint>

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

struct PoolShape {
  int channels = 0;
  int height = 0, width = 0;          ///< of the image
  int out_height = 0, out_width = 0;  ///< of the result
  int kernel = 3, stride = 1;
  int top = 0, left = 0;  ///< rows and columns of padding before the image
  /// The padding takes part as zeros (a port's variant), instead of being left out of divisor and
  /// maximum.
  bool zeros = false;
  /// Of the image, applied as it is read; the padding's zeros are left as they are.
  Affine affine = {};
};

void average_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                  int64_t out_stride);
/// gradient += what d spreads over the windows. With an affine this is the gradient of affine(in),
/// as in the other gradients here.
void average_pool_gradient(const float* d, int64_t d_stride, const PoolShape& shape,
                           float* gradient, int64_t gradient_stride);

void max_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
              int64_t out_stride);
/// gradient += d at the first pixel of each window (row by row) that holds its maximum.
void max_pool_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                       const PoolShape& shape, float* gradient, int64_t gradient_stride);

/// The mean of each channel, of the activated values where `relu` says so.
void global_average(const float* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                    float* out);
/// gradient (+)= d / pixels where the value passed. `d`: one pixel.
void global_average_gradient(const float* in, int64_t in_stride, int64_t pixels, int channels,
                             bool relu, const float* d, float* gradient, int64_t gradient_stride,
                             bool accumulate);

/// The same in bf16: the arithmetic stays in floats.
void average_pool(const Bf16* in, int64_t in_stride, const PoolShape& shape, Bf16* out,
                  int64_t out_stride);
void average_pool_gradient(const Bf16* d, int64_t d_stride, const PoolShape& shape, Bf16* gradient,
                           int64_t gradient_stride);
void max_pool(const Bf16* in, int64_t in_stride, const PoolShape& shape, Bf16* out,
              int64_t out_stride);
void max_pool_gradient(const Bf16* in, int64_t in_stride, const Bf16* d, int64_t d_stride,
                       const PoolShape& shape, Bf16* gradient, int64_t gradient_stride);
void global_average(const Bf16* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                    Bf16* out);
void global_average_gradient(const Bf16* in, int64_t in_stride, int64_t pixels, int channels,
                             bool relu, const Bf16* d, Bf16* gradient, int64_t gradient_stride,
                             bool accumulate);

namespace reference {
void average_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                  int64_t out_stride);
void average_pool_gradient(const float* d, int64_t d_stride, const PoolShape& shape,
                           float* gradient, int64_t gradient_stride);
void max_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
              int64_t out_stride);
void max_pool_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                       const PoolShape& shape, float* gradient, int64_t gradient_stride);
void global_average(const float* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                    float* out);
void global_average_gradient(const float* in, int64_t in_stride, int64_t pixels, int channels,
                             bool relu, const float* d, float* gradient, int64_t gradient_stride,
                             bool accumulate);
}  // namespace reference

}  // namespace nasnet::kernels
