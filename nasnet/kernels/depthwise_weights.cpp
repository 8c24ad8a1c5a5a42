// The gradient of depthwise weights: the sums of some rows of the kernel stay in registers over the
// whole image, which is read once for each such part of the kernel. Kernels of other sizes than 3,
// 5 and 7 take the reference.

#include <algorithm>

#include "nasnet/kernels/depthwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/depthwise_weights.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Adds kPixels pixels of d side by side: a pixel of the image is loaded once for all of them.
/// Row by row the few sums of a row would be waited for.
template <int kKernel, int kRows, int kStride, int kPixels, bool kTail>
HWY_INLINE void add_pixels(const float* HWY_RESTRICT in, int64_t in_stride, int64_t in_row,
                           const float* HWY_RESTRICT d, int64_t d_stride, const Floats& lanes,
                           Vector (&sums)[kRows][kKernel]) {
  Vector factor[kPixels];
  NASNET_UNROLL
  for (int p = 0; p < kPixels; ++p) factor[p] = load<kTail>(lanes, d + p * d_stride);
  NASNET_UNROLL
  for (int x = 0; x < (kPixels - 1) * kStride + kKernel; ++x) {
    const float* place = in;
    NASNET_UNROLL
    for (int i = 0; i < kRows; ++i) {
      const Vector pixel = load<kTail>(lanes, place);
      NASNET_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        const int j = x - p * kStride;
        if (j >= 0 && j < kKernel) sums[i][j] = hn::MulAdd(pixel, factor[p], sums[i][j]);
      }
      place = opaque(place + in_row);
    }
    in = opaque(in + in_stride);
  }
}

/// Some rows of the kernel at a time, so that their sums stay in registers over the whole image.
/// kStride 0 for any stride and dilation.
template <int kKernel, int kRows, int kStride, bool kTail>
void weight_rows(Backward<float> from, const DepthwiseShape& shape, int first_row,
                 const Floats& lanes, float* HWY_RESTRICT gradient) {
  constexpr int kPixels = kSums >= 24 && kStride > 0 ? 4 : 1;
  const float* HWY_RESTRICT in = from.x.data;
  const float* HWY_RESTRICT d = from.d.data;
  const int64_t in_stride = from.x.stride, row_stride = from.x.row_step(shape.padded_width());
  const int64_t d_stride = from.d.stride, d_row = from.d.row_step(shape.width);
  const int64_t tap = padded(shape.channels);
  gradient += first_row * kKernel * tap;
  Vector sums[kRows][kKernel];
  NASNET_UNROLL
  for (int i = 0; i < kRows; ++i) {
    NASNET_UNROLL
    for (int j = 0; j < kKernel; ++j)
      sums[i][j] = hn::LoadU(Tag(), gradient + (i * kKernel + j) * tap);
  }
  for (int r = 0; r < shape.height; ++r) {
    const float* row = in + (r * shape.stride + first_row * shape.dilation) * row_stride;
    const float* above = d + r * d_row;
    const float* const end = above + shape.width * d_stride;
    const int64_t step = shape.stride * in_stride;
    for (; above + kPixels * d_stride <= end; above += kPixels * d_stride, row += kPixels * step)
      add_pixels<kKernel, kRows, kStride, kPixels, kTail>(row, shape.dilation * in_stride,
                                                          shape.dilation * row_stride, above,
                                                          d_stride, lanes, sums);
    for (; above < end; above += d_stride, row += step)
      add_pixels<kKernel, kRows, kStride, 1, kTail>(row, shape.dilation * in_stride,
                                                    shape.dilation * row_stride, above, d_stride,
                                                    lanes, sums);
  }
  NASNET_UNROLL
  for (int i = 0; i < kRows; ++i) {
    NASNET_UNROLL
    for (int j = 0; j < kKernel; ++j)
      hn::StoreU(sums[i][j], Tag(), gradient + (i * kKernel + j) * tap);
  }
}

template <int kKernel, int kStride, bool kTail>
void weight_channels(Backward<float> from, const DepthwiseShape& shape, const Floats& lanes,
                     float* gradient) {
  constexpr int kMost = (kSums + 3) / kKernel;  // rows whose sums fit
  constexpr int kRows = kMost >= kKernel ? kKernel : kMost >= 3 && kKernel == 7 ? 3 : kMost;
  int row = 0;
  for (; row + kRows <= kKernel; row += kRows)
    weight_rows<kKernel, kRows, kStride, kTail>(from, shape, row, lanes, gradient);
  for (; row < kKernel; ++row)
    weight_rows<kKernel, 1, kStride, kTail>(from, shape, row, lanes, gradient);
}

template <int kKernel>
void weight_gradient(Backward<float> from, const DepthwiseShape& shape, float* gradient) {
  const Floats lanes(shape.channels);
  const bool plain = shape.dilation == 1;
  for_vectors(shape.channels, [&](auto tail, int64_t c) HWY_ATTR {
    constexpr bool kTail = decltype(tail)::value;
    const auto run = plain && shape.stride == 1   ? weight_channels<kKernel, 1, kTail>
                     : plain && shape.stride == 2 ? weight_channels<kKernel, 2, kTail>
                                                  : weight_channels<kKernel, 0, kTail>;
    run({from.d.from_channel(c), from.x.from_channel(c)}, shape, lanes, gradient + c);
  });
}

void DepthwiseWeightGradient(Backward<float> from, const DepthwiseShape& shape, float* gradient) {
  switch (shape.kernel) {
    case 3:
      return weight_gradient<3>(from, shape, gradient);
    case 5:
      return weight_gradient<5>(from, shape, gradient);
    case 7:
      return weight_gradient<7>(from, shape, gradient);
    default:
      reference::depthwise_weight_gradient(from, shape, gradient);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(DepthwiseWeightGradient);

void depthwise_weight_gradient(Backward<float> from, const DepthwiseShape& shape, float* gradient) {
  NASNET_CHECK(shape.channels > 0);
  NASNET_CHECK(lie_apart(from.x, {shape.padded_height(), shape.padded_width(), shape.channels}),
               "windows of a row lie in it");
  NASNET_CHECK(lie_apart(from.d, shape.result()), "a row of d holds its pixels");
  HWY_DYNAMIC_DISPATCH(DepthwiseWeightGradient)(from, shape, gradient);
}

}  // namespace nasnet::kernels
#endif
