#include "nasnet/kernels/depthwise.h"

#include <algorithm>
#include <array>
#include <type_traits>

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

/// Pixels of a row that are worked on side by side: eight hide the four cycles of two
/// multiply-adds, and rows are often powers of two.
inline constexpr int kTile = kSums >= 24 ? 16 : 8;

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
  constexpr int kPixels = kTile;
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
    for (; c + 8 <= shape.width; c += 8) tile(std::integral_constant<int, 8>(), c);
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
                 int64_t d_stride, int64_t d_row, const DepthwiseShape& shape, int first_row,
                 const Floats& lanes, float* HWY_RESTRICT gradient) {
  const int64_t row_stride = int64_t{shape.padded_width()} * in_stride;
  const int64_t weight_stride = padded(shape.channels);
  Vector sums[kRows][kKernel];
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKernel; ++j)
      sums[i][j] = hn::LoadU(Tag(), gradient + ((first_row + i) * kKernel + j) * weight_stride);
  for (int r = 0; r < shape.height; ++r) {
    const float* row = in + (r * shape.stride + first_row * shape.dilation) * row_stride;
    const float* above = d + r * d_row;
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
                     int64_t d_row, const DepthwiseShape& shape, const Floats& lanes,
                     float* gradient) {
  constexpr int kMost = (kSums + 3) / kKernel;  // rows whose sums fit
  constexpr int kRows = kMost >= kKernel ? kKernel : kMost >= 3 && kKernel == 7 ? 3 : kMost;
  int row = 0;
  for (; row + kRows <= kKernel; row += kRows)
    weight_rows<kKernel, kRows, kTail>(in, in_stride, d, d_stride, d_row, shape, row, lanes,
                                       gradient);
  for (; row < kKernel; ++row)
    weight_rows<kKernel, 1, kTail>(in, in_stride, d, d_stride, d_row, shape, row, lanes, gradient);
}

template <int kKernel>
void weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                     int64_t d_row, const DepthwiseShape& shape, float* gradient) {
  const Floats lanes(shape.channels);
  for_vectors(
      shape.channels,
      [&](int c) HWY_ATTR {
        weight_channels<kKernel, false>(in + c, in_stride, d + c, d_stride, d_row, shape, lanes,
                                        gradient + c);
      },
      [&](int c) HWY_ATTR {
        weight_channels<kKernel, true>(in + c, in_stride, d + c, d_stride, d_row, shape, lanes,
                                       gradient + c);
      });
}

void DepthwiseWeightGradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                             int64_t d_row, const DepthwiseShape& shape, float* gradient) {
  switch (shape.kernel) {
    case 3:
      return weight_gradient<3>(in, in_stride, d, d_stride, d_row, shape, gradient);
    case 5:
      return weight_gradient<5>(in, in_stride, d, d_stride, d_row, shape, gradient);
    case 7:
      return weight_gradient<7>(in, in_stride, d, d_stride, d_row, shape, gradient);
    default:
      reference::depthwise_weight_gradient(in, in_stride, d, d_stride, d_row, shape, gradient);
  }
}

// --- gradient of the input
// ------------------------------------------------------------------------

/// One weight and the pixel of d that it carries, both as distances in floats.
struct Tap {
  int64_t pixel, weight;
};

/// The taps that reach a row or a column of the padded image whose place leaves `rest` when it is
/// divided by the stride: the cells of the kernel, and how many pixels of d they lie back.
struct Cells {
  int count = 0;
  std::array<int, 32> cell, back;

  Cells(const DepthwiseShape& shape, int rest) {
    for (int k = 0; k < shape.kernel; ++k) {
      if (k * shape.dilation % shape.stride != rest) continue;
      cell[static_cast<size_t>(count)] = k;
      back[static_cast<size_t>(count++)] = k * shape.dilation / shape.stride;
    }
  }
};

/// The sums of a passage over one row.
struct PassageSums {
  Vector sum, product;
};

template <int kPixels, bool kTail>
HWY_INLINE void gather_tile(const float* HWY_RESTRICT d, int64_t d_stride, const Tap* taps,
                            size_t count, const float* HWY_RESTRICT weights, const Floats& lanes,
                            const Passage& passage, const float* activated, const float* raw,
                            Vector origin, int stride, float* HWY_RESTRICT gradient,
                            int64_t gradient_stride, bool accumulate, PassageSums& sums) {
  Vector values[kPixels];
  for (int p = 0; p < kPixels; ++p) values[p] = hn::Zero(Tag());
  for (size_t t = 0; t < count; ++t) {
    const Vector weight = hn::LoadU(Tag(), weights + taps[t].weight);
    const float* pixel = d + taps[t].pixel;
    for (int p = 0; p < kPixels; ++p)
      values[p] = hn::MulAdd(load<kTail>(lanes, pixel + p * d_stride), weight, values[p]);
  }
  for (int p = 0; p < kPixels; ++p) {
    Vector value = values[p];
    if (activated != nullptr) {
      const Vector seen = load<kTail>(lanes, activated + p * stride * passage.activated_stride);
      value = hn::IfThenElseZero(hn::Gt(seen, hn::Zero(Tag())), value);
    }
    if (raw != nullptr) {
      const Vector away =
          hn::Sub(load<kTail>(lanes, raw + p * stride * passage.raw_stride), origin);
      sums.sum = hn::Add(sums.sum, value);
      sums.product = hn::MulAdd(value, away, sums.product);
    }
    float* place = gradient + p * stride * gradient_stride;
    if (accumulate) value = hn::Add(value, load<kTail>(lanes, place));
    store<kTail>(lanes, value, place);
  }
}

/// Each pixel of the part gathers from d; pixels of a row that are a stride apart have the same
/// taps.
template <bool kTail>
void gather_channels(const float* d, int64_t d_stride, const float* weights,
                     const DepthwiseShape& shape, const Part& part, const Passage& passage,
                     int channel, const Floats& lanes, float* gradient, int64_t gradient_stride,
                     bool accumulate) {
  const Border border = gradient_border(shape, part);
  const int64_t d_row = int64_t{shape.width + border.left + border.right} * d_stride;
  const int64_t weight_stride = padded(shape.channels);
  const int stride = shape.stride;
  const Vector origin =
      passage.raw != nullptr ? hn::LoadU(Tag(), passage.origin + channel) : hn::Zero(Tag());
  std::array<Tap, 32 * 32> taps;
  for (int y = 0; y < part.height; ++y) {
    const Cells down(shape, (y + part.row) % stride);
    const float* d_line = d + (y + part.row) / stride * d_row;
    PassageSums sums = {hn::Zero(Tag()), hn::Zero(Tag())};
    for (int parity = 0; parity < std::min(stride, part.width); ++parity) {
      const Cells across(shape, (parity + part.column) % stride);
      size_t count = 0;
      for (int i = 0; i < down.count; ++i)
        for (int j = 0; j < across.count; ++j) {
          const auto m = static_cast<size_t>(i), n = static_cast<size_t>(j);
          taps[count++] = {-down.back[m] * d_row - across.back[n] * d_stride,
                           (down.cell[m] * shape.kernel + across.cell[n]) * weight_stride};
        }
      const int pixels = (part.width - parity + stride - 1) / stride;
      const float* first = d_line + (parity + part.column) / stride * d_stride;
      const auto tile = [&](auto size, int k) HWY_ATTR {
        const int64_t x = parity + int64_t{k} * stride, pixel = int64_t{y} * part.width + x;
        gather_tile<decltype(size)::value, kTail>(
            first + k * d_stride, d_stride, taps.data(), count, weights, lanes, passage,
            passage.activated == nullptr ? nullptr
                                         : passage.activated + y * passage.activated_row +
                                               x * passage.activated_stride + channel,
            passage.raw == nullptr ? nullptr : passage.raw + pixel * passage.raw_stride + channel,
            origin, stride, gradient + pixel * gradient_stride, gradient_stride, accumulate, sums);
      };
      int k = 0;
      for (; k + kTile <= pixels; k += kTile) tile(std::integral_constant<int, kTile>(), k);
      for (; k + 8 <= pixels; k += 8) tile(std::integral_constant<int, 8>(), k);
      for (; k + 4 <= pixels; k += 4) tile(std::integral_constant<int, 4>(), k);
      for (; k < pixels; ++k) tile(std::integral_constant<int, 1>(), k);
    }
    if (passage.raw == nullptr) continue;
    HWY_ALIGN float sum[kWidth], product[kWidth];
    hn::Store(sums.sum, Tag(), sum);
    hn::Store(sums.product, Tag(), product);
    for (int c = 0; c < std::min(kWidth, shape.channels - channel); ++c) {
      passage.sum[channel + c] += static_cast<double>(sum[c]);
      passage.product[channel + c] += static_cast<double>(product[c]);
    }
  }
}

void DepthwiseInputGradient(const float* d, int64_t d_stride, const float* weights,
                            const DepthwiseShape& shape, const Part& part, const Passage& passage,
                            float* gradient, int64_t gradient_stride, bool accumulate) {
  const Floats lanes(shape.channels);
  for_vectors(
      shape.channels,
      [&](int c) HWY_ATTR {
        gather_channels<false>(d + c, d_stride, weights + c, shape, part, passage, c, lanes,
                               gradient + c, gradient_stride, accumulate);
      },
      [&](int c) HWY_ATTR {
        gather_channels<true>(d + c, d_stride, weights + c, shape, part, passage, c, lanes,
                              gradient + c, gradient_stride, accumulate);
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
                               int64_t d_row, const DepthwiseShape& shape, float* gradient) {
  HWY_DYNAMIC_DISPATCH(DepthwiseWeightGradient)
  (in, in_stride, d, d_stride, d_row, shape, gradient);
}

Border gradient_border(const DepthwiseShape& shape, const Part& part) {
  const int reach = (shape.kernel - 1) * shape.dilation, stride = shape.stride;
  // The first pixel of d that reaches the part is the first at or after (begin - reach) / stride.
  const auto before = [&](int begin) { return std::max(0, (reach - begin) / stride); };
  const auto after = [&](int begin, int size, int have) {
    return std::max(0, (begin + size - 1) / stride - (have - 1));
  };
  return {before(part.row), before(part.column), after(part.row, part.height, shape.height),
          after(part.column, part.width, shape.width)};
}

void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part, const Passage& passage,
                              float* gradient, int64_t gradient_stride, bool accumulate) {
  const auto run = shape.kernel <= 32 ? HWY_DYNAMIC_DISPATCH(DepthwiseInputGradient)
                                      : reference::depthwise_input_gradient;
  run(d, d_stride, weights, shape, part, passage, gradient, gradient_stride, accumulate);
}

}  // namespace nasnet::kernels
#endif
