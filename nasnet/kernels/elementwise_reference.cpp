#include <algorithm>

#include "nasnet/kernels/elementwise.h"

namespace nasnet::kernels::reference {
namespace {

float transformed(float x, Affine affine, int channel) {
  return affine.scale ? affine.scale[channel] * x + affine.shift[channel] : x;
}

}  // namespace

void pad(const float* in, int64_t in_stride, int height, int width, int channels, Affine affine,
         bool relu, const Border& border, float* out, int64_t out_stride) {
  const int full_width = width + border.left + border.right;
  for (int r = 0; r < height + border.top + border.bottom; ++r)
    for (int c = 0; c < full_width; ++c) {
      const int y = r - border.top, x = c - border.left;
      const bool inside = y >= 0 && y < height && x >= 0 && x < width;
      for (int k = 0; k < channels; ++k) {
        float value = 0;
        if (inside) {
          value = transformed(in[(int64_t{y} * width + x) * in_stride + k], affine, k);
          if (relu && value < 0) value = 0;  // NaN stays
        }
        out[(int64_t{r} * full_width + c) * out_stride + k] = value;
      }
    }
}

void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const float* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, float* gradient,
           int64_t gradient_stride, bool accumulate) {
  const int full_width = width + border.left + border.right;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int64_t pixel = int64_t{y} * width + x;
      const int64_t source = int64_t{y + border.top} * full_width + x + border.left;
      for (int k = 0; k < channels; ++k) {
        const bool passed = !relu || !(transformed(in[pixel * in_stride + k], affine, k) <= 0);
        float& result = gradient[pixel * gradient_stride + k];
        result = (accumulate ? result : 0.0f) + (passed ? d[source * d_stride + k] : 0.0f);
      }
    }
}

void channel_sums(const float* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares) {
  for (int64_t p = 0; p < pixels; ++p)
    for (int k = 0; k < channels; ++k) {
      const double value = static_cast<double>(x[p * stride + k]) - origin[k];
      sum[k] += value;
      squares[k] += value * value;
    }
}

void apply(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, float* y, int64_t y_stride, bool accumulate) {
  for (int64_t p = 0; p < pixels; ++p)
    for (int k = 0; k < channels; ++k) {
      float& result = y[p * y_stride + k];
      result = (accumulate ? result : 0.0f) + factor * transformed(x[p * x_stride + k], affine, k);
    }
}

void combine(const Term<float>& a, const Term<float>& b, int64_t pixels, int channels, float* y,
             int64_t y_stride) {
  for (int64_t p = 0; p < pixels; ++p)
    for (int k = 0; k < channels; ++k)
      y[p * y_stride + k] = a.factor * transformed(a.x[p * a.stride + k], a.affine, k) +
                            b.factor * transformed(b.x[p * b.stride + k], b.affine, k);
}

void gradient_sums(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* origin, double* sum,
                   double* product) {
  for (int64_t p = 0; p < pixels; ++p)
    for (int k = 0; k < channels; ++k) {
      const double gradient = d[p * d_stride + k];
      sum[k] += gradient;
      product[k] += gradient * (static_cast<double>(x[p * x_stride + k]) - origin[k]);
    }
}

void norm_gradient(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* a, const float* b, const float* c,
                   float* out, int64_t out_stride) {
  for (int64_t p = 0; p < pixels; ++p)
    for (int k = 0; k < channels; ++k)
      out[p * out_stride + k] = a[k] * d[p * d_stride + k] + b[k] * x[p * x_stride + k] + c[k];
}

}  // namespace nasnet::kernels::reference
