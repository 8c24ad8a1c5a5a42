#include "nasnet/kernels/depthwise.h"

namespace nasnet::kernels {

void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride) {
  reference::depthwise(in, in_stride, weights, shape, out, out_stride);
}

void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               const DepthwiseShape& shape, float* gradient) {
  reference::depthwise_weight_gradient(in, in_stride, d, d_stride, shape, gradient);
}

void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, float* gradient,
                              int64_t gradient_stride) {
  reference::depthwise_input_gradient(d, d_stride, weights, shape, gradient, gradient_stride);
}

}  // namespace nasnet::kernels
