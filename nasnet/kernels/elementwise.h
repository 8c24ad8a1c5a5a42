#pragma once

#include <cstdint>

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// The image with a border of zeros: out = activation(affine(in)) inside. `relu` for max(., 0).
/// `out` is overwritten whole, (height + top + bottom) x (width + left + right) pixels.
void pad(const float* in, int64_t in_stride, int height, int width, int channels, Affine affine,
         bool relu, const Border& border, float* out, int64_t out_stride);

/// The two parts of pad(): zeros around an image, and what lies inside. `out` is the first pixel of
/// the border in the one, of the image in the other; `out_row` floats from one row to the next.
void clear_border(int height, int width, int channels, const Border& border, float* out,
                  int64_t out_stride);
void activate(const float* in, int64_t in_stride, int height, int width, int channels,
              Affine affine, bool relu, float* out, int64_t out_stride, int64_t out_row);

/// The way back: gradient (+)= d inside the border, where the activation let it through. With an
/// affine this is the gradient of affine(in), not of `in`: the batch norm's own comes after.
void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const float* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, float* gradient,
           int64_t gradient_stride, bool accumulate);

/// sum += x - origin and squares += (x - origin)^2 over the pixels, by channel. An origin near the
/// mean keeps the variance exact where the mean is large.
void channel_sums(const float* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares);

/// A value on its way to a sum: factor (scale x + shift); the affine may be none.
template <class T>
struct Term {
  const T* x = nullptr;
  int64_t stride = 0;
  Affine affine;
  float factor = 1;
};

/// y = a + b.
void combine(const Term<float>& a, const Term<float>& b, int64_t pixels, int channels, float* y,
             int64_t y_stride);

/// y (+)= factor (scale x + shift); the affine may be none.
void apply(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, float* y, int64_t y_stride, bool accumulate);

/// sum += d and product += d (x - origin) over the pixels, by channel: what the gradient of batch
/// normalisation needs of the whole batch.
void gradient_sums(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* origin, double* sum, double* product);

/// out = a d + b x + c by channel: the gradient through batch normalisation.
void norm_gradient(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* a, const float* b, const float* c,
                   float* out, int64_t out_stride);

/// The same in bf16: the arithmetic stays in floats.
void activate(const Bf16* in, int64_t in_stride, int height, int width, int channels, Affine affine,
              bool relu, Bf16* out, int64_t out_stride, int64_t out_row);
void activate(const Bf16* in, int64_t in_stride, int height, int width, int channels, Affine affine,
              bool relu, float* out, int64_t out_stride, int64_t out_row);
void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const Bf16* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, Bf16* gradient,
           int64_t gradient_stride, bool accumulate);
void channel_sums(const Bf16* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares);
void gradient_sums(const Bf16* d, int64_t d_stride, const Bf16* x, int64_t x_stride, int64_t pixels,
                   int channels, const float* origin, double* sum, double* product);
void apply(const Bf16* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, Bf16* y, int64_t y_stride, bool accumulate);
void combine(const Term<Bf16>& a, const Term<Bf16>& b, int64_t pixels, int channels, Bf16* y,
             int64_t y_stride);
void norm_gradient(const Bf16* d, int64_t d_stride, const Bf16* x, int64_t x_stride, int64_t pixels,
                   int channels, const float* a, const float* b, const float* c, Bf16* out,
                   int64_t out_stride);

/// The sum of x[i] y[i].
float dot(const float* x, const float* y, int64_t count);

namespace reference {
void combine(const Term<float>& a, const Term<float>& b, int64_t pixels, int channels, float* y,
             int64_t y_stride);
void pad(const float* in, int64_t in_stride, int height, int width, int channels, Affine affine,
         bool relu, const Border& border, float* out, int64_t out_stride);
void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const float* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, float* gradient,
           int64_t gradient_stride, bool accumulate);
void channel_sums(const float* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares);
void apply(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, float* y, int64_t y_stride, bool accumulate);
void gradient_sums(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* origin, double* sum, double* product);
void norm_gradient(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* a, const float* b, const float* c,
                   float* out, int64_t out_stride);
}  // namespace reference

}  // namespace nasnet::kernels
