#include "nasnet/kernels/elementwise.h"

namespace nasnet::kernels {

void pad(const float* in, int64_t in_stride, int height, int width, int channels, Affine affine,
         bool relu, const Border& border, float* out, int64_t out_stride) {
  reference::pad(in, in_stride, height, width, channels, affine, relu, border, out, out_stride);
}

void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const float* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, float* gradient,
           int64_t gradient_stride, bool accumulate) {
  reference::unpad(d, d_stride, height, width, channels, in, in_stride, affine, relu, border,
                   gradient, gradient_stride, accumulate);
}

void channel_sums(const float* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares) {
  reference::channel_sums(x, stride, pixels, channels, origin, sum, squares);
}

void apply(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, float* y, int64_t y_stride, bool accumulate) {
  reference::apply(x, x_stride, pixels, channels, affine, factor, y, y_stride, accumulate);
}

void gradient_sums(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* origin, double* sum,
                   double* product) {
  reference::gradient_sums(d, d_stride, x, x_stride, pixels, channels, origin, sum, product);
}

void norm_gradient(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* a, const float* b, const float* c,
                   float* out, int64_t out_stride) {
  reference::norm_gradient(d, d_stride, x, x_stride, pixels, channels, a, b, c, out, out_stride);
}

}  // namespace nasnet::kernels
