#include "nasnet/kernels/pool.h"

namespace nasnet::kernels {

void average_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                  int64_t out_stride) {
  reference::average_pool(in, in_stride, shape, out, out_stride);
}

void average_pool_gradient(const float* d, int64_t d_stride, const PoolShape& shape,
                           float* gradient, int64_t gradient_stride) {
  reference::average_pool_gradient(d, d_stride, shape, gradient, gradient_stride);
}

void max_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
              int64_t out_stride) {
  reference::max_pool(in, in_stride, shape, out, out_stride);
}

void max_pool_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                       const PoolShape& shape, float* gradient, int64_t gradient_stride) {
  reference::max_pool_gradient(in, in_stride, d, d_stride, shape, gradient, gradient_stride);
}

}  // namespace nasnet::kernels
