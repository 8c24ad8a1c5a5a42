#include "nasnet/kernels/depthwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/depthwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Any kernel and dilation: kPixels results of a row side by side, tap by tap.
template <int kPixels, bool kTail>
HWY_INLINE void add_taps(const float* HWY_RESTRICT in, int64_t in_stride, int64_t row_stride,
                         const float* HWY_RESTRICT weights, const DepthwiseShape& shape,
                         const Floats& lanes, Vector (&sums)[kPixels]) {
  for (int i = 0; i < shape.kernel; ++i)
    for (int j = 0; j < shape.kernel; ++j) {
      const Vector weight =
          hn::LoadU(Tag(), weights + (i * shape.kernel + j) * padded(shape.channels));
      const float* pixel = in + (i * row_stride + j * in_stride) * shape.dilation;
      NASNET_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        sums[p] = hn::MulAdd(load<kTail>(lanes, pixel), weight, sums[p]);
        pixel = opaque(pixel + shape.stride * in_stride);
      }
    }
}

template <int kKernel, int kStride, bool kTail, class Out>
void forward_channels(const float* in, int64_t in_stride, const float* weights,
                      const DepthwiseShape& shape, const Floats& lanes, Out* out,
                      int64_t out_stride, Ahead* ahead) {
  const int64_t row_stride = shape.row() * in_stride;
  const int64_t tap = padded(shape.channels);
  for_tiles(shape.width, [&](auto size, int c) HWY_ATTR {
    constexpr int kPixels = decltype(size)::value;
    const float* first = in + int64_t{c} * shape.stride * in_stride;
    Out* result = out + c * out_stride;
    for (int r = 0; r < shape.height; ++r) {
      Vector sums[kPixels];
      clear(sums);
      prefetch(ahead);
      if constexpr (kKernel == 0) {
        add_taps<kPixels, kTail>(first, in_stride, row_stride, weights, shape, lanes, sums);
      } else {
        for (int i = 0; i < kKernel; ++i)
          slide<kKernel, kStride, kPixels, kTail>(first + i * row_stride, in_stride,
                                                  weights + i * kKernel * tap, tap, lanes, sums);
      }
      Out* place = result;
      NASNET_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        store<kTail>(lanes, sums[p], place);
        place = opaque(place + out_stride);
      }
      first += shape.stride * row_stride;
      result += shape.width * out_stride;
    }
  });
}

template <int kKernel, int kStride, class Out>
void forward(const float* in, int64_t in_stride, const float* weights, const DepthwiseShape& shape,
             Out* out, int64_t out_stride, Ahead* ahead) {
  const Floats lanes(shape.channels);
  for_vectors(shape.channels, [&](auto tail, int c) HWY_ATTR {
    forward_channels<kKernel, kStride, decltype(tail)::value>(in + c, in_stride, weights + c, shape,
                                                              lanes, out + c, out_stride, ahead);
  });
}

template <class Out>
void run_forward(const float* in, int64_t in_stride, const float* weights,
                 const DepthwiseShape& shape, Out* out, int64_t out_stride, Ahead* ahead) {
  const bool twice = shape.stride == 2;
  auto run = forward<0, 0, Out>;
  if (shape.dilation == 1 && shape.stride <= 2) {
    if (shape.kernel == 3) run = twice ? forward<3, 2, Out> : forward<3, 1, Out>;
    if (shape.kernel == 5) run = twice ? forward<5, 2, Out> : forward<5, 1, Out>;
    if (shape.kernel == 7) run = twice ? forward<7, 2, Out> : forward<7, 1, Out>;
  }
  run(in, in_stride, weights, shape, out, out_stride, ahead);
}

void Depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride, Ahead* ahead) {
  run_forward(in, in_stride, weights, shape, out, out_stride, ahead);
}
void DepthwiseBf16(const float* in, int64_t in_stride, const float* weights,
                   const DepthwiseShape& shape, Bf16* out, int64_t out_stride, Ahead* ahead) {
  run_forward(in, in_stride, weights, shape, out, out_stride, ahead);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Depthwise);
HWY_EXPORT(DepthwiseBf16);

void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride, Ahead* ahead) {
  shape.check(out_stride);
  HWY_DYNAMIC_DISPATCH(Depthwise)(in, in_stride, weights, shape, out, out_stride, ahead);
}

void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, Bf16* out, int64_t out_stride, Ahead* ahead) {
  shape.check(out_stride);
  HWY_DYNAMIC_DISPATCH(DepthwiseBf16)(in, in_stride, weights, shape, out, out_stride, ahead);
}

}  // namespace nasnet::kernels
#endif
