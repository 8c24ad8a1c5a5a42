// Results of a depthwise convolution, in tiles of a row that go down the image: the rows that the
// next tile reads are those that this one has just read, in the nearest cache. The inner loops are
// slide() (depthwise-inl.h) where kernel and stride are known to the compiler, else plain taps.

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

/// One vector of channels of the whole image: tile by tile, each from the top to the bottom.
template <int kKernel, int kStride, bool kTail, class Out>
void forward_channels(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
                      const Floats& lanes, Pixels<Out> out, Ahead* ahead) {
  const int64_t in_stride = in.stride, out_stride = out.stride;
  const int64_t row_stride = in.row_step(shape.padded_width());
  const int64_t tap = padded(shape.channels);
  for_tiles(shape.width, [&](auto size, int c) HWY_ATTR {
    constexpr int kPixels = decltype(size)::value;
    const float* first = in.data + int64_t{c} * shape.stride * in_stride;
    Out* result = out.data + c * out_stride;
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
void forward(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
             Pixels<Out> out, Ahead* ahead) {
  const Floats lanes(shape.channels);
  for_vectors(shape.channels, [&](auto tail, int64_t c) HWY_ATTR {
    forward_channels<kKernel, kStride, decltype(tail)::value>(
        in.from_channel(c), weights + c, shape, lanes, out.from_channel(c), ahead);
  });
}

template <class Out>
void run_forward(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
                 Pixels<Out> out, Ahead* ahead) {
  const bool twice = shape.stride == 2;
  auto run = forward<0, 0, Out>;
  if (shape.dilation == 1 && shape.stride <= 2) {
    if (shape.kernel == 3) run = twice ? forward<3, 2, Out> : forward<3, 1, Out>;
    if (shape.kernel == 5) run = twice ? forward<5, 2, Out> : forward<5, 1, Out>;
    if (shape.kernel == 7) run = twice ? forward<7, 2, Out> : forward<7, 1, Out>;
  }
  run(in, weights, shape, out, ahead);
}

void Depthwise(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
               Pixels<float> out, Ahead* ahead) {
  run_forward(in, weights, shape, out, ahead);
}
void DepthwiseBf16(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
                   Pixels<Bf16> out, Ahead* ahead) {
  run_forward(in, weights, shape, out, ahead);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Depthwise);
HWY_EXPORT(DepthwiseBf16);

namespace {

template <class T>
void check(const Pixels<const float>& in, const DepthwiseShape& shape, const Pixels<T>& out) {
  NASNET_CHECK(shape.channels > 0 && shape.height > 0 && shape.width > 0);
  NASNET_CHECK(shape.kernel > 0 && shape.stride > 0 && shape.dilation > 0);
  NASNET_CHECK(lie_apart(in, {shape.padded_height(), shape.padded_width(), shape.channels}),
               "windows of a row lie in it");
  NASNET_CHECK(is_gapless(out, shape.result()) && lie_apart(out, shape.result()));
}

}  // namespace

void depthwise(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
               Pixels<float> out, Ahead* ahead) {
  check(in, shape, out);
  HWY_DYNAMIC_DISPATCH(Depthwise)(in, weights, shape, out, ahead);
}

void depthwise(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
               Pixels<Bf16> out, Ahead* ahead) {
  check(in, shape, out);
  HWY_DYNAMIC_DISPATCH(DepthwiseBf16)(in, weights, shape, out, ahead);
}

}  // namespace nasnet::kernels
#endif
