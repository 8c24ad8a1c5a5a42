// The gradient of a depthwise convolution's input, gathered: each pixel of the image is written
// once, with the sum of what it gave to all results, instead of adding to it from each result that
// it reaches. What a batch norm or a ReLU before the convolution makes of the gradient is done to
// the tile while it is in registers (Passage).

#include "nasnet/kernels/depthwise.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/depthwise_gradient.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/depthwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

/// The cells of the kernel that reach, along one axis, a place of the padded image that leaves
/// `rest` when it is divided by the stride: every step-th from the first, each one pixel of d
/// further back. Dilated kernels jump `back` pixels.
struct Cells {
  int first = 0, step = 1, count = 0, first_back = 0, back = 1;

  Cells(const DepthwiseShape& shape, int rest) {
    for (int k = 0; k < shape.kernel; ++k) {
      if (k * shape.dilation % shape.stride != rest) continue;
      const int pixels = k * shape.dilation / shape.stride;
      if (count == 0) {
        first = k;
        first_back = pixels;
      } else if (count == 1) {
        step = k - first;
        back = pixels - first_back;
      }
      ++count;
    }
  }
};

/// The rows and columns of an image that have the same cells of the kernel: those a stride apart.
struct Lattice {
  Cells down, across;
  int rows, columns;
  const float* d;  ///< what the first pixel gathers from, were its cells the kernel's first
  int64_t d_stride, d_row;
  const float* weights;
  int64_t tap;         ///< floats from one weight to the next
  int64_t weight_row;  ///< floats from one row of weights to the next
};

/// sums[p]: what pixel p of a tile gathers. kTaps cells of the kernel across, 0 for any number.
template <int kTaps, int kPixels, bool kTail>
HWY_INLINE void gather(const Lattice& of, const float* d, const Floats& lanes,
                       Vector (&sums)[kPixels]) {
  d -= of.down.first_back * of.d_row;
  const float* weights = of.weights + of.down.first * of.weight_row;
  for (int i = 0; i < of.down.count; ++i) {
    if constexpr (kTaps > 0) {
      // From left to right in d the cells come last first.
      const int last = kTaps - 1;
      slide<kTaps, 1, kPixels, kTail>(d - (of.across.first_back + last) * of.d_stride, of.d_stride,
                                      weights + (of.across.first + last * of.across.step) * of.tap,
                                      -of.across.step * of.tap, lanes, sums);
    } else {
      for (int j = 0; j < of.across.count; ++j) {
        const Vector weight =
            hn::LoadU(Tag(), weights + (of.across.first + j * of.across.step) * of.tap);
        const float* pixel = d - (of.across.first_back + j * of.across.back) * of.d_stride;
        NASNET_UNROLL
        for (int p = 0; p < kPixels; ++p) {
          sums[p] = hn::MulAdd(load<kTail>(lanes, pixel), weight, sums[p]);
          pixel = opaque(pixel + of.d_stride);
        }
      }
    }
    d -= of.down.back * of.d_row;
    weights += of.down.step * of.weight_row;
  }
}

/// A map that a tile reads or writes: the address of its first pixel of the lattice, and values to
/// the next one.
template <class T>
struct Way {
  T* first;
  int64_t step, row;

  /// Row y and column x of a map are the lattice's first; the next ones lie a stride further.
  Way(const Pixels<T>& map, int64_t width, int y, int x, int stride)
      : first(map ? map.data + y * map.row_step(width) + x * map.stride : nullptr),
        step(stride * map.stride),
        row(stride * map.row_step(width)) {}
  HWY_INLINE T* at(int y, int x) const { return first + y * row + x * step; }
};

/// The maps that a tile's gradient meets on its way from the sums.
template <class T>
struct Ways {
  Way<const float> activated;
  Way<const T> raw;
  Way<T> gradient;
  Vector origin;
  bool add;
  Ahead* ahead;
};

/// The sums of a passage: four of each, so that none waits for the one before.
struct PassageSums {
  Vector sum[4], product[4];

  PassageSums() {
    NASNET_UNROLL
    for (int k = 0; k < 4; ++k) sum[k] = product[k] = hn::Zero(Tag());
  }
  /// To doubles, in a fixed order.
  void flush(const CenteredSums& into, int64_t channels) {
    HWY_ALIGN float one[kWidth], other[kWidth];
    hn::Store(hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3])), Tag(), one);
    hn::Store(hn::Add(hn::Add(product[0], product[1]), hn::Add(product[2], product[3])), Tag(),
              other);
    for (int c = 0; c < std::min<int64_t>(kWidth, channels); ++c) {
      into.sum[c] += static_cast<double>(one[c]);
      into.product[c] += static_cast<double>(other[c]);
    }
    *this = PassageSums();
  }
};

template <int kPixels, bool kTail, class T>
HWY_INLINE void pass(const Ways<T>& ways, int y, int x, const Floats& lanes,
                     Vector (&values)[kPixels], PassageSums& sums) {
  if (ways.activated.first != nullptr) {
    const float* place = ways.activated.at(y, x);
    NASNET_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      values[p] = rectified_gradient(load<kTail>(lanes, place), values[p]);
      place = opaque(place + ways.activated.step);
    }
  }
  if (ways.raw.first != nullptr) {
    const T* place = ways.raw.at(y, x);
    NASNET_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      const Vector away = hn::Sub(load<kTail>(lanes, place), ways.origin);
      sums.sum[p % 4] = hn::Add(sums.sum[p % 4], values[p]);
      sums.product[p % 4] = hn::MulAdd(values[p], away, sums.product[p % 4]);
      place = opaque(place + ways.raw.step);
    }
  }
  T* const first = ways.gradient.at(y, x);
  if (ways.add) {
    const T* place = first;
    NASNET_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      values[p] = hn::Add(values[p], load<kTail>(lanes, place));
      place = opaque(place + ways.gradient.step);
    }
  }
  T* place = first;
  NASNET_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    store<kTail>(lanes, values[p], place);
    place = opaque(place + ways.gradient.step);
  }
}

/// So many pixels' sums stay floats.
inline constexpr int kRun = 256;

/// All pixels of one lattice and one vector of channels, tile by tile; sums of a run go to doubles.
template <int kTaps, bool kTail, class T>
void gather_lattice(const Lattice& of, const Ways<T>& ways, const Floats& lanes,
                    const CenteredSums& into, int64_t channels) {
  PassageSums sums;
  int waiting = 0;
  for (int y = 0; y < of.rows; ++y) {
    for_tiles(of.columns, [&](auto size, int x) HWY_ATTR {
      constexpr int kPixels = decltype(size)::value;
      Vector values[kPixels];
      clear(values);
      T* place = ways.gradient.at(y, x);
      NASNET_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        prefetch_for_store(place);
        place = opaque(place + ways.gradient.step);
      }
      prefetch(ways.ahead);
      gather<kTaps, kPixels, kTail>(of, of.d + y * of.d_row + x * of.d_stride, lanes, values);
      pass<kPixels, kTail>(ways, y, x, lanes, values, sums);
    });
    waiting += of.columns;
    if (ways.raw.first != nullptr && (waiting >= kRun || y + 1 == of.rows)) {
      sums.flush(into, channels);
      waiting = 0;
    }
  }
}

template <bool kTail, class T>
auto lattice_function(const Cells& across) {
  if (across.back == 1 || across.count == 1) {
    switch (across.count) {
      case 1:
        return gather_lattice<1, kTail, T>;
      case 2:
        return gather_lattice<2, kTail, T>;
      case 3:
        return gather_lattice<3, kTail, T>;
      case 4:
        return gather_lattice<4, kTail, T>;
      case 5:
        return gather_lattice<5, kTail, T>;
      case 7:
        return gather_lattice<7, kTail, T>;
    }
  }
  return gather_lattice<0, kTail, T>;
}

/// One vector of channels from `channel` on: lattice by lattice.
template <bool kTail, class T>
void gather_channels(Pixels<const float> d, const float* weights, const DepthwiseShape& shape,
                     const Part& part, const Passage<T>& passage, int64_t channel,
                     const Floats& lanes, Pixels<T> gradient) {
  const int64_t d_row = d.row_step(shape.width), tap = padded(shape.channels);
  const int stride = shape.stride;
  const auto mine = [&](const auto& map) { return map ? map.from_channel(channel) : map; };
  const auto activated = mine(passage.activated);
  const auto raw = mine(passage.raw);
  const CenteredSums sums = raw ? passage.sums.from_channel(channel) : CenteredSums{};
  for (int y = 0; y < std::min(stride, part.height); ++y) {
    const Cells down(shape, (y + part.row) % stride);
    for (int x = 0; x < std::min(stride, part.width); ++x) {
      const Cells across(shape, (x + part.column) % stride);
      const Lattice of = {.down = down,
                          .across = across,
                          .rows = (part.height - y + stride - 1) / stride,
                          .columns = (part.width - x + stride - 1) / stride,
                          .d = d.data + channel + (y + part.row) / stride * d_row +
                               (x + part.column) / stride * d.stride,
                          .d_stride = d.stride,
                          .d_row = d_row,
                          .weights = weights + channel,
                          .tap = tap,
                          .weight_row = shape.kernel * tap};
      const Ways<T> ways = {
          .activated = Way(activated, part.width, y, x, stride),
          .raw = Way(raw, part.width, y, x, stride),
          .gradient = Way(gradient.from_channel(channel), part.width, y, x, stride),
          .origin = raw ? hn::LoadU(Tag(), sums.origin) : hn::Zero(Tag()),
          .add = passage.write == Write::kAdd,
          .ahead = passage.ahead};
      lattice_function<kTail, T>(across)(of, ways, lanes, sums, shape.channels - channel);
    }
  }
}

template <class T>
void run_gradient(Pixels<const float> d, const float* weights, const DepthwiseShape& shape,
                  const Part& part, const Passage<T>& passage, Pixels<T> gradient) {
  const Floats lanes(shape.channels);
  for_vectors(shape.channels, [&](auto tail, int64_t c) HWY_ATTR {
    gather_channels<decltype(tail)::value>(d, weights, shape, part, passage, c, lanes, gradient);
  });
}

void DepthwiseInputGradient(Pixels<const float> d, const float* weights,
                            const DepthwiseShape& shape, const Part& part,
                            const Passage<float>& passage, Pixels<float> gradient) {
  run_gradient(d, weights, shape, part, passage, gradient);
}
void DepthwiseInputGradientBf16(Pixels<const float> d, const float* weights,
                                const DepthwiseShape& shape, const Part& part,
                                const Passage<Bf16>& passage, Pixels<Bf16> gradient) {
  run_gradient(d, weights, shape, part, passage, gradient);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(DepthwiseInputGradient);
HWY_EXPORT(DepthwiseInputGradientBf16);

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

namespace {

template <class T>
void check(const Pixels<const float>& d, const DepthwiseShape& shape, const Part& part,
           const Passage<T>& passage, const Pixels<T>& gradient) {
  NASNET_CHECK(shape.channels > 0 && shape.kernel > 0 && shape.stride > 0 && shape.dilation > 0);
  NASNET_CHECK(part.row >= 0 && part.column >= 0 &&
                   part.row + part.height <= shape.padded_height() &&
                   part.column + part.width <= shape.padded_width(),
               "the part lies in the padded image");
  NASNET_CHECK(
      d.row_step(shape.width) >= (shape.width + gradient_border(shape, part).across()) * d.stride,
      "zeros lie around d");
  NASNET_CHECK(!passage.raw || (passage.sums.origin && passage.sums.sum && passage.sums.product));
  const Size size = {part.height, part.width, shape.channels};
  NASNET_CHECK(is_gapless(passage.raw, size) && is_gapless(gradient, size));
  NASNET_CHECK(lie_apart(gradient, size));
}

}  // namespace

void depthwise_input_gradient(Pixels<const float> d, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<float>& passage, Pixels<float> gradient) {
  check(d, shape, part, passage, gradient);
  HWY_DYNAMIC_DISPATCH(DepthwiseInputGradient)(d, weights, shape, part, passage, gradient);
}

void depthwise_input_gradient(Pixels<const float> d, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<Bf16>& passage, Pixels<Bf16> gradient) {
  check(d, shape, part, passage, gradient);
  HWY_DYNAMIC_DISPATCH(DepthwiseInputGradientBf16)(d, weights, shape, part, passage, gradient);
}

}  // namespace nasnet::kernels
#endif
