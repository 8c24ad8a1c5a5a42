#include "nasnet/kernels/depthwise.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// One vector of channels: whole, or the tail.
template <bool kTail>
HWY_INLINE Vector load(const Floats& lanes, const float* place) {
  return kTail ? lanes.load_tail(place) : hn::LoadU(Tag(), place);
}
template <bool kTail>
HWY_INLINE void store(const Floats& lanes, Vector value, float* place) {
  if (kTail) {
    lanes.store_tail(value, place);
  } else {
    hn::StoreU(value, Tag(), place);
  }
}

/// Calls run.whole(channel) for each whole vector of channels and run.tail(channel) for the rest.
template <class Whole, class Tail>
HWY_INLINE void for_vectors(int channels, Whole whole, Tail tail) {
  int c = 0;
  for (; c + kWidth <= channels; c += kWidth) whole(c);
  if (c < channels) tail(c);
}

// --- forward
// --------------------------------------------------------------------------------------

/// kPixels results of a row side by side: each weight is loaded once for all of them.
template <int kKernel, int kPixels, bool kTail>
HWY_INLINE void forward_tile(const float* HWY_RESTRICT in, int64_t in_stride, int64_t row_stride,
                             int stride, int dilation, const float* HWY_RESTRICT weights,
                             int64_t weight_stride, int kernel, const Floats& lanes,
                             float* HWY_RESTRICT out, int64_t out_stride) {
  const int size = kKernel > 0 ? kKernel : kernel;
  Vector sums[kPixels];
  for (int p = 0; p < kPixels; ++p) sums[p] = hn::Zero(Tag());
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < size; ++j) {
      const Vector weight = hn::LoadU(Tag(), weights + (i * size + j) * weight_stride);
      const float* pixel = in + i * dilation * row_stride + j * dilation * in_stride;
      for (int p = 0; p < kPixels; ++p)
        sums[p] = hn::MulAdd(load<kTail>(lanes, pixel + p * stride * in_stride), weight, sums[p]);
    }
  for (int p = 0; p < kPixels; ++p) store<kTail>(lanes, sums[p], out + p * out_stride);
}

template <int kKernel, bool kTail>
void forward_channels(const float* in, int64_t in_stride, const float* weights,
                      const DepthwiseShape& shape, const Floats& lanes, float* out,
                      int64_t out_stride) {
  constexpr int kPixels = kSums / 2 - kSums / 2 % 4;  // 12 or 4
  const int64_t row_stride = int64_t{shape.padded_width()} * in_stride;
  const int64_t weight_stride = padded(shape.channels);
  for (int r = 0; r < shape.height; ++r) {
    const float* row = in + r * shape.stride * row_stride;
    float* result = out + int64_t{r} * shape.width * out_stride;
    const auto tile = [&](auto pixels, int c) HWY_ATTR {
      forward_tile<kKernel, decltype(pixels)::value, kTail>(
          row + c * shape.stride * in_stride, in_stride, row_stride, shape.stride, shape.dilation,
          weights, weight_stride, shape.kernel, lanes, result + c * out_stride, out_stride);
    };
    int c = 0;
    for (; c + kPixels <= shape.width; c += kPixels)
      tile(std::integral_constant<int, kPixels>(), c);
    for (; c + 4 <= shape.width; c += 4) tile(std::integral_constant<int, 4>(), c);
    for (; c < shape.width; ++c) tile(std::integral_constant<int, 1>(), c);
  }
}

template <int kKernel>
void forward(const float* in, int64_t in_stride, const float* weights, const DepthwiseShape& shape,
             float* out, int64_t out_stride) {
  const Floats lanes(shape.channels);
  for_vectors(
      shape.channels,
      [&](int c) HWY_ATTR {
        forward_channels<kKernel, false>(in + c, in_stride, weights + c, shape, lanes, out + c,
                                         out_stride);
      },
      [&](int c) HWY_ATTR {
        forward_channels<kKernel, true>(in + c, in_stride, weights + c, shape, lanes, out + c,
                                        out_stride);
      });
}

void Depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride) {
  const auto run = shape.kernel == 3   ? forward<3>
                   : shape.kernel == 5 ? forward<5>
                   : shape.kernel == 7 ? forward<7>
                                       : forward<0>;
  run(in, in_stride, weights, shape, out, out_stride);
}

// --- gradient of the weights
// ----------------------------------------------------------------------

/// Some rows of the kernel at a time, so that their sums stay in registers over the whole image.
template <int kKernel, int kRows, bool kTail>
void weight_rows(const float* HWY_RESTRICT in, int64_t in_stride, const float* HWY_RESTRICT d,
                 int64_t d_stride, const DepthwiseShape& shape, int first_row, const Floats& lanes,
                 float* HWY_RESTRICT gradient) {
  const int64_t row_stride = int64_t{shape.padded_width()} * in_stride;
  const int64_t weight_stride = padded(shape.channels);
  Vector sums[kRows][kKernel];
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKernel; ++j)
      sums[i][j] = hn::LoadU(Tag(), gradient + ((first_row + i) * kKernel + j) * weight_stride);
  for (int r = 0; r < shape.height; ++r) {
    const float* row = in + (r * shape.stride + first_row * shape.dilation) * row_stride;
    const float* above = d + int64_t{r} * shape.width * d_stride;
    for (int c = 0; c < shape.width; ++c) {
      const Vector factor = load<kTail>(lanes, above + c * d_stride);
      const float* pixel = row + c * shape.stride * in_stride;
      for (int i = 0; i < kRows; ++i)
        for (int j = 0; j < kKernel; ++j)
          sums[i][j] = hn::MulAdd(load<kTail>(lanes, pixel + i * shape.dilation * row_stride +
                                                         j * shape.dilation * in_stride),
                                  factor, sums[i][j]);
    }
  }
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKernel; ++j)
      hn::StoreU(sums[i][j], Tag(), gradient + ((first_row + i) * kKernel + j) * weight_stride);
}

template <int kKernel, bool kTail>
void weight_channels(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                     const DepthwiseShape& shape, const Floats& lanes, float* gradient) {
  constexpr int kMost = (kSums + 3) / kKernel;  // rows whose sums fit
  constexpr int kRows = kMost >= kKernel ? kKernel : kMost >= 3 && kKernel == 7 ? 3 : kMost;
  int row = 0;
  for (; row + kRows <= kKernel; row += kRows)
    weight_rows<kKernel, kRows, kTail>(in, in_stride, d, d_stride, shape, row, lanes, gradient);
  for (; row < kKernel; ++row)
    weight_rows<kKernel, 1, kTail>(in, in_stride, d, d_stride, shape, row, lanes, gradient);
}

template <int kKernel>
void weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                     const DepthwiseShape& shape, float* gradient) {
  const Floats lanes(shape.channels);
  for_vectors(
      shape.channels,
      [&](int c) HWY_ATTR {
        weight_channels<kKernel, false>(in + c, in_stride, d + c, d_stride, shape, lanes,
                                        gradient + c);
      },
      [&](int c) HWY_ATTR {
        weight_channels<kKernel, true>(in + c, in_stride, d + c, d_stride, shape, lanes,
                                       gradient + c);
      });
}

void DepthwiseWeightGradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                             const DepthwiseShape& shape, float* gradient) {
  switch (shape.kernel) {
    case 3:
      return weight_gradient<3>(in, in_stride, d, d_stride, shape, gradient);
    case 5:
      return weight_gradient<5>(in, in_stride, d, d_stride, shape, gradient);
    case 7:
      return weight_gradient<7>(in, in_stride, d, d_stride, shape, gradient);
    default:
      reference::depthwise_weight_gradient(in, in_stride, d, d_stride, shape, gradient);
  }
}

// --- gradient of the input
// ------------------------------------------------------------------------

/// Adds d's pixels through the weights to the pixels that they came from; for strides.
template <bool kTail>
void scatter_channels(const float* d, int64_t d_stride, const float* weights,
                      const DepthwiseShape& shape, const Part& part, const Floats& lanes,
                      float* gradient, int64_t gradient_stride) {
  const int64_t weight_stride = padded(shape.channels);
  for (int r = 0; r < shape.height; ++r)
    for (int i = 0; i < shape.kernel; ++i) {
      const int y = r * shape.stride + i * shape.dilation - part.row;
      if (y < 0 || y >= part.height) continue;
      for (int j = 0; j < shape.kernel; ++j) {
        const Vector weight = hn::LoadU(Tag(), weights + (i * shape.kernel + j) * weight_stride);
        for (int c = 0; c < shape.width; ++c) {
          const int x = c * shape.stride + j * shape.dilation - part.column;
          if (x < 0 || x >= part.width) continue;
          float* place = gradient + (int64_t{y} * part.width + x) * gradient_stride;
          const Vector above = load<kTail>(lanes, d + (int64_t{r} * shape.width + c) * d_stride);
          store<kTail>(lanes, hn::MulAdd(above, weight, load<kTail>(lanes, place)), place);
        }
      }
    }
}

void DepthwiseInputGradient(const float* d, int64_t d_stride, const float* weights,
                            const DepthwiseShape& shape, const Part& part, float* gradient,
                            int64_t gradient_stride) {
  const int channels = shape.channels;
  if (shape.stride == 1) {
    // A convolution of d, with a border of zeros, by the kernel turned about.
    const int reach = (shape.kernel - 1) * shape.dilation;
    DepthwiseShape turned = shape;
    turned.height = part.height;
    turned.width = part.width;
    static thread_local std::vector<float> bordered, kernel;
    const int64_t wide = turned.padded_width(), high = turned.padded_height();
    bordered.assign(static_cast<size_t>(wide * high * channels), 0.0f);
    // Pixel (y, x) of d lies at (y + reach - part.row, x + reach - part.column).
    for (int y = 0; y < shape.height; ++y) {
      const int64_t row = y + reach - part.row;
      if (row < 0 || row >= high) continue;
      const int first = std::max(0, part.column - reach);
      const int last = static_cast<int>(std::min<int64_t>(shape.width, wide - reach + part.column));
      for (int x = first; x < last; ++x)
        std::copy_n(
            d + (int64_t{y} * shape.width + x) * d_stride, channels,
            &bordered[static_cast<size_t>((row * wide + x + reach - part.column) * channels)]);
    }
    const int cells = shape.kernel * shape.kernel;
    const int64_t row = padded(channels);
    kernel.resize(static_cast<size_t>(cells * row));
    for (int k = 0; k < cells; ++k)
      std::copy_n(weights + (cells - 1 - k) * row, row, &kernel[static_cast<size_t>(k * row)]);
    Depthwise(bordered.data(), channels, kernel.data(), turned, gradient, gradient_stride);
    return;
  }
  for (int64_t p = 0; p < int64_t{part.height} * part.width; ++p)
    std::fill_n(gradient + p * gradient_stride, channels, 0.0f);
  const Floats lanes(channels);
  for_vectors(
      channels,
      [&](int c) HWY_ATTR {
        scatter_channels<false>(d + c, d_stride, weights + c, shape, part, lanes, gradient + c,
                                gradient_stride);
      },
      [&](int c) HWY_ATTR {
        scatter_channels<true>(d + c, d_stride, weights + c, shape, part, lanes, gradient + c,
                               gradient_stride);
      });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Depthwise);
HWY_EXPORT(DepthwiseWeightGradient);
HWY_EXPORT(DepthwiseInputGradient);

void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(Depthwise)(in, in_stride, weights, shape, out, out_stride);
}

void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               const DepthwiseShape& shape, float* gradient) {
  HWY_DYNAMIC_DISPATCH(DepthwiseWeightGradient)(in, in_stride, d, d_stride, shape, gradient);
}

void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part, float* gradient,
                              int64_t gradient_stride) {
  HWY_DYNAMIC_DISPATCH(DepthwiseInputGradient)
  (d, d_stride, weights, shape, part, gradient, gradient_stride);
}

}  // namespace nasnet::kernels
#endif
