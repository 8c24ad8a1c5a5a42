#include "nasnet/kernels/pool.h"

#include <algorithm>
#include <vector>

#include "nasnet/kernels/aligned.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Windows are taken in two steps, along the rows and then across them: 2 k pixels instead of k x k.
// One vector of channels at a time, so that what lies between the steps stays in the near caches.

/// [begin, end) of something.
struct Range {
  int begin, end;
  int size() const { return end - begin; }
};

/// The windows along both axes, reckoned once a call. Plain arrays: what vectors are stored to
/// might be anything, and would be loaded again after every store.
class Windows {
 public:
  explicit Windows(const PoolShape& shape)
      : count_(static_cast<size_t>(shape.kernel * shape.kernel) + 1),
        height_(static_cast<size_t>(shape.height)),
        width_(static_cast<size_t>(shape.width)),
        out_height_(static_cast<size_t>(shape.out_height)),
        out_width_(static_cast<size_t>(shape.out_width)) {
    static thread_local std::vector<Range> ranges;
    static thread_local std::vector<float> shares;
    ranges.resize(height_ + width_ + out_height_ + out_width_);
    rows_of_window = ranges.data();
    columns_of_window = rows_of_window + out_height_;
    windows_of_row = columns_of_window + out_width_;
    windows_of_column = windows_of_row + height_;
    set(shape, shape.height, shape.out_height, shape.top, rows_of_window, windows_of_row);
    set(shape, shape.width, shape.out_width, shape.left, columns_of_window, windows_of_column);
    shares.resize(count_);
    share_ = shares.data();
    for (size_t n = 1; n < count_; ++n)
      share_[n] = 1.0f / static_cast<float>(shape.zeros ? count_ - 1 : n);
  }

  Range* rows_of_window;
  Range* columns_of_window;
  Range* windows_of_row;     ///< that hold it
  Range* windows_of_column;  ///< that hold it

  /// The weight of each pixel of a window.
  HWY_INLINE Vector share(const Range& rows, const Range& columns) const {
    return hn::Set(Tag(), share_[rows.size() * columns.size()]);
  }

 private:
  static void set(const PoolShape& shape, int size, int count, int before, Range* in, Range* of) {
    std::fill_n(of, size, Range{0, 0});
    for (int k = 0; k < count; ++k) {
      const int begin = k * shape.stride - before;
      in[k] = {std::max(begin, 0), std::min(begin + shape.kernel, size)};
      for (int x = in[k].begin; x < in[k].end; ++x)
        of[x] = {of[x].size() == 0 ? k : of[x].begin, k + 1};
    }
  }
  size_t count_, height_, width_, out_height_, out_width_;
  float* share_;
};

/// Scale and shift of a vector of channels; one and zero for none, which change nothing.
struct VectorAffine {
  Vector scale, shift;

  VectorAffine(const Affine& affine, int channel)
      : scale(affine.scale == nullptr ? hn::Set(Tag(), 1.0f)
                                      : hn::LoadU(Tag(), affine.scale + channel)),
        shift(affine.scale == nullptr ? hn::Zero(Tag())
                                      : hn::LoadU(Tag(), affine.shift + channel)) {}
  HWY_INLINE Vector operator()(Vector x) const { return hn::MulAdd(x, scale, shift); }
  /// The sum of `count` values from the sum of what they are made of.
  HWY_INLINE Vector of_sum(Vector sum, int count) const {
    return hn::MulAdd(sum, scale, hn::Mul(shift, hn::Set(Tag(), static_cast<float>(count))));
  }
};

/// The sum of values(begin) to values(end - 1); three, the usual window, have no loop.
template <class Values>
HWY_INLINE Vector sum_range(const Range& range, Values values) {
  if (range.size() == 3)
    return hn::Add(hn::Add(values(range.begin), values(range.begin + 1)), values(range.begin + 2));
  Vector sum = hn::Zero(Tag());
  for (int k = range.begin; k < range.end; ++k) sum = hn::Add(sum, values(k));
  return sum;
}

/// Memory between the steps: `count` maps of height x out_width vectors.
class Between {
 public:
  Between(const PoolShape& shape, int count) : width_(shape.out_width) {
    size_ = static_cast<size_t>(shape.height) * static_cast<size_t>(width_) * kWidth;
    static thread_local AlignedFloats memory;
    if (memory.size() < size_ * static_cast<size_t>(count))
      memory.resize(size_ * static_cast<size_t>(count));
    memory_ = memory.data();
  }
  HWY_INLINE float* at(int map, int row, int column) const {
    return memory_ + static_cast<size_t>(map) * size_ + (int64_t{row} * width_ + column) * kWidth;
  }

 private:
  int width_;
  size_t size_;
  float* memory_;
};

template <bool kTail, class T>
void average_channels(const T* in, int64_t in_stride, const PoolShape& shape, Windows windows,
                      const VectorAffine affine, const Floats& lanes, const Between& between,
                      T* out, int64_t out_stride) {
  const int width = shape.out_width;
  for (int y = 0; y < shape.height; ++y) {
    const T* row = in + int64_t{y} * shape.width * in_stride;
    float* result = between.at(0, y, 0);
    for (int c = 0; c < width; ++c, result += kWidth) {
      const Vector sum = sum_range(windows.columns_of_window[c], [&](int x) HWY_ATTR {
        return load<kTail>(lanes, row + x * in_stride);
      });
      hn::Store(sum, Tag(), result);
    }
  }
  const int64_t row = int64_t{width} * kWidth;
  for (int r = 0; r < shape.out_height; ++r) {
    const Range rows = windows.rows_of_window[r];
    const float* sums = between.at(0, 0, 0);
    for (int c = 0; c < width; ++c, sums += kWidth, out += out_stride) {
      const Vector sum =
          sum_range(rows, [&](int y) HWY_ATTR { return hn::Load(Tag(), sums + y * row); });
      const Range columns = windows.columns_of_window[c];
      const Vector all = affine.of_sum(sum, rows.size() * columns.size());
      store<kTail>(lanes, hn::Mul(all, windows.share(rows, columns)), out);
    }
  }
}

template <class T>
void AveragePool(const T* in, int64_t in_stride, const PoolShape& shape, T* out,
                 int64_t out_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    average_channels<decltype(tail)::value>(in + channel, in_stride, shape, windows,
                                            VectorAffine(shape.affine, channel), lanes, between,
                                            out + channel, out_stride);
  });
}

/// gradient += part(y, x, c) for the windows c, along its row, that hold each pixel.
template <bool kTail, class T, class Part>
HWY_INLINE void add_windows(const PoolShape& shape, Windows windows, const Floats& lanes,
                            T* gradient, int64_t gradient_stride, Part part) {
  const int height = shape.height, width = shape.width;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x, gradient += gradient_stride) {
      const Vector sum =
          sum_range(windows.windows_of_column[x], [&](int c) HWY_ATTR { return part(y, x, c); });
      store<kTail>(lanes, hn::Add(sum, load<kTail>(lanes, gradient)), gradient);
    }
}

template <bool kTail, class T>
void average_gradient_channels(const T* d, int64_t d_stride, const PoolShape& shape,
                               Windows windows, const Floats& lanes, const Between& between,
                               T* gradient, int64_t gradient_stride) {
  const int width = shape.out_width;
  const int64_t row = width * d_stride;
  for (int y = 0; y < shape.height; ++y) {
    const Range rows = windows.windows_of_row[y];
    float* result = between.at(0, y, 0);
    const T* above = d;
    for (int c = 0; c < width; ++c, result += kWidth, above += d_stride) {
      const Range columns = windows.columns_of_window[c];
      const Vector sum = sum_range(rows, [&](int r) HWY_ATTR {
        return hn::Mul(load<kTail>(lanes, above + r * row),
                       windows.share(windows.rows_of_window[r], columns));
      });
      hn::Store(sum, Tag(), result);
    }
  }
  add_windows<kTail>(shape, windows, lanes, gradient, gradient_stride,
                     [&](int y, int, int c)
                         HWY_ATTR { return hn::Load(Tag(), between.at(0, y, c)); });
}

template <class T>
void AveragePoolGradient(const T* d, int64_t d_stride, const PoolShape& shape, T* gradient,
                         int64_t gradient_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    average_gradient_channels<decltype(tail)::value>(d + channel, d_stride, shape, windows, lanes,
                                                     between, gradient + channel, gradient_stride);
  });
}

/// The largest of some values; with kPlaces also the first index that holds it, or the last one
/// that holds NaN, as in libtorch.
template <bool kPlaces>
struct Largest {
  Vector value, index;

  HWY_INLINE Largest(Vector first, int k)
      : value(first), index(hn::Set(Tag(), static_cast<float>(k))) {}
  /// Of a range's values; three, the usual window, have no loop.
  template <class Values>
  HWY_INLINE Largest(const Range& range, Values values)
      : Largest(values(range.begin), range.begin) {
    if (range.size() == 3) {
      take(range.begin + 1, values(range.begin + 1));
      take(range.begin + 2, values(range.begin + 2));
    } else {
      for (int k = range.begin + 1; k < range.end; ++k) take(k, values(k));
    }
  }
  HWY_INLINE void take(int k, Vector one) {
    if constexpr (kPlaces) {
      const auto better = hn::Or(hn::Gt(one, value), hn::IsNaN(one));
      value = hn::IfThenElse(better, one, value);
      index = hn::IfThenElse(better, hn::Set(Tag(), static_cast<float>(k)), index);
    } else {
      value = larger(value, one);
    }
  }
};

/// Map 0: the largest of each row's part of a window; map 1: the column that holds it first, as a
/// float.
template <bool kTail, bool kPlaces, class T>
HWY_INLINE void row_maxima(const T* in, int64_t in_stride, const PoolShape& shape, Windows windows,
                           const VectorAffine affine, const Floats& lanes, const Between& between) {
  for (int y = 0; y < shape.height; ++y) {
    const T* row = in + int64_t{y} * shape.width * in_stride;
    for (int c = 0; c < shape.out_width; ++c) {
      const Largest<kPlaces> largest(windows.columns_of_window[c], [&](int x) HWY_ATTR {
        return affine(load<kTail>(lanes, row + x * in_stride));
      });
      hn::Store(largest.value, Tag(), between.at(0, y, c));
      if (kPlaces) hn::Store(largest.index, Tag(), between.at(1, y, c));
    }
  }
}

/// The largest of a window from its rows' maxima, and the row that holds it: -1 for none, where the
/// zeros around the image are larger.
template <bool kPlaces>
HWY_INLINE Largest<kPlaces> window_maximum(const PoolShape& shape, Windows windows,
                                           const Between& between, int r, int c) {
  const Range& rows = windows.rows_of_window[r];
  const Range& columns = windows.columns_of_window[c];
  Largest<kPlaces> largest(rows,
                           [&](int y) HWY_ATTR { return hn::Load(Tag(), between.at(0, y, c)); });
  if (shape.zeros && rows.size() * columns.size() < shape.kernel * shape.kernel) {
    const Vector zero = hn::Zero(Tag());
    largest.index =
        hn::IfThenElse(hn::Le(largest.value, zero), hn::Set(Tag(), -1.0f), largest.index);
    largest.value = larger(largest.value, zero);
  }
  return largest;
}

template <bool kTail, class T>
void max_channels(const T* in, int64_t in_stride, const PoolShape& shape, Windows windows,
                  const VectorAffine affine, const Floats& lanes, const Between& between, T* out,
                  int64_t out_stride) {
  row_maxima<kTail, false>(in, in_stride, shape, windows, affine, lanes, between);
  for (int r = 0; r < shape.out_height; ++r)
    for (int c = 0; c < shape.out_width; ++c) {
      store<kTail>(lanes, window_maximum<false>(shape, windows, between, r, c).value, out);
      out += out_stride;
    }
}

template <class T>
void MaxPool(const T* in, int64_t in_stride, const PoolShape& shape, T* out, int64_t out_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    max_channels<decltype(tail)::value>(in + channel, in_stride, shape, windows,
                                        VectorAffine(shape.affine, channel), lanes, between,
                                        out + channel, out_stride);
  });
}

template <bool kTail, class T>
void max_gradient_channels(const T* in, int64_t in_stride, const T* d, int64_t d_stride,
                           const PoolShape& shape, Windows windows, const VectorAffine affine,
                           const Floats& lanes, const Between& between, T* gradient,
                           int64_t gradient_stride) {
  row_maxima<kTail, true>(in, in_stride, shape, windows, affine, lanes, between);
  // Map 2: the row of its window that holds the maximum.
  for (int r = 0; r < shape.out_height; ++r)
    for (int c = 0; c < shape.out_width; ++c)
      hn::Store(window_maximum<true>(shape, windows, between, r, c).index, Tag(),
                between.at(2, r, c));
  // Map 0, whose maxima are done with: d, given to that row.
  const int64_t row = shape.out_width * d_stride;
  for (int y = 0; y < shape.height; ++y) {
    const Range rows = windows.windows_of_row[y];
    const Vector mine = hn::Set(Tag(), static_cast<float>(y));
    for (int c = 0; c < shape.out_width; ++c) {
      const T* above = d + c * d_stride;
      const Vector sum = sum_range(rows, [&](int r) HWY_ATTR {
        return hn::IfThenElseZero(hn::Eq(hn::Load(Tag(), between.at(2, r, c)), mine),
                                  load<kTail>(lanes, above + r * row));
      });
      hn::Store(sum, Tag(), between.at(0, y, c));
    }
  }
  add_windows<kTail>(
      shape, windows, lanes, gradient, gradient_stride, [&](int y, int x, int c) HWY_ATTR {
        const auto mine =
            hn::Eq(hn::Load(Tag(), between.at(1, y, c)), hn::Set(Tag(), static_cast<float>(x)));
        return hn::IfThenElseZero(mine, hn::Load(Tag(), between.at(0, y, c)));
      });
}

template <class T>
void MaxPoolGradient(const T* in, int64_t in_stride, const T* d, int64_t d_stride,
                     const PoolShape& shape, T* gradient, int64_t gradient_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 3);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    max_gradient_channels<decltype(tail)::value>(
        in + channel, in_stride, d + channel, d_stride, shape, windows,
        VectorAffine(shape.affine, channel), lanes, between, gradient + channel, gradient_stride);
  });
}

void AveragePoolForFloat(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                         int64_t out_stride) {
  AveragePool(in, in_stride, shape, out, out_stride);
}
void AveragePoolForBf16(const Bf16* in, int64_t in_stride, const PoolShape& shape, Bf16* out,
                        int64_t out_stride) {
  AveragePool(in, in_stride, shape, out, out_stride);
}
void AveragePoolGradientForFloat(const float* d, int64_t d_stride, const PoolShape& shape,
                                 float* gradient, int64_t gradient_stride) {
  AveragePoolGradient(d, d_stride, shape, gradient, gradient_stride);
}
void AveragePoolGradientForBf16(const Bf16* d, int64_t d_stride, const PoolShape& shape,
                                Bf16* gradient, int64_t gradient_stride) {
  AveragePoolGradient(d, d_stride, shape, gradient, gradient_stride);
}
void MaxPoolForFloat(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                     int64_t out_stride) {
  MaxPool(in, in_stride, shape, out, out_stride);
}
void MaxPoolForBf16(const Bf16* in, int64_t in_stride, const PoolShape& shape, Bf16* out,
                    int64_t out_stride) {
  MaxPool(in, in_stride, shape, out, out_stride);
}
void MaxPoolGradientForFloat(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                             const PoolShape& shape, float* gradient, int64_t gradient_stride) {
  MaxPoolGradient(in, in_stride, d, d_stride, shape, gradient, gradient_stride);
}
void MaxPoolGradientForBf16(const Bf16* in, int64_t in_stride, const Bf16* d, int64_t d_stride,
                            const PoolShape& shape, Bf16* gradient, int64_t gradient_stride) {
  MaxPoolGradient(in, in_stride, d, d_stride, shape, gradient, gradient_stride);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(AveragePoolForFloat);
HWY_EXPORT(AveragePoolForBf16);
HWY_EXPORT(AveragePoolGradientForFloat);
HWY_EXPORT(AveragePoolGradientForBf16);
HWY_EXPORT(MaxPoolForFloat);
HWY_EXPORT(MaxPoolForBf16);
HWY_EXPORT(MaxPoolGradientForFloat);
HWY_EXPORT(MaxPoolGradientForBf16);

namespace {

/// `stride` and `pixels`: of the map that is written.
void check(const PoolShape& shape, int64_t stride, int64_t pixels) {
  NASNET_CHECK(shape.channels > 0 && shape.kernel > 0 && shape.stride > 0);
  NASNET_CHECK(shape.top < shape.kernel && shape.left < shape.kernel &&
                   (shape.out_height - 1) * shape.stride - shape.top < shape.height &&
                   (shape.out_width - 1) * shape.stride - shape.left < shape.width,
               "every window has a pixel of the image");
  NASNET_CHECK(lie_apart(stride, pixels, shape.channels));
}

}  // namespace

void average_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                  int64_t out_stride) {
  check(shape, out_stride, shape.out_height * shape.out_width);
  HWY_DYNAMIC_DISPATCH(AveragePoolForFloat)(in, in_stride, shape, out, out_stride);
}

void average_pool(const Bf16* in, int64_t in_stride, const PoolShape& shape, Bf16* out,
                  int64_t out_stride) {
  check(shape, out_stride, shape.out_height * shape.out_width);
  HWY_DYNAMIC_DISPATCH(AveragePoolForBf16)(in, in_stride, shape, out, out_stride);
}

void average_pool_gradient(const float* d, int64_t d_stride, const PoolShape& shape,
                           float* gradient, int64_t gradient_stride) {
  check(shape, gradient_stride, shape.height * shape.width);
  HWY_DYNAMIC_DISPATCH(AveragePoolGradientForFloat)(d, d_stride, shape, gradient, gradient_stride);
}

void average_pool_gradient(const Bf16* d, int64_t d_stride, const PoolShape& shape, Bf16* gradient,
                           int64_t gradient_stride) {
  check(shape, gradient_stride, shape.height * shape.width);
  HWY_DYNAMIC_DISPATCH(AveragePoolGradientForBf16)(d, d_stride, shape, gradient, gradient_stride);
}

void max_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
              int64_t out_stride) {
  check(shape, out_stride, shape.out_height * shape.out_width);
  HWY_DYNAMIC_DISPATCH(MaxPoolForFloat)(in, in_stride, shape, out, out_stride);
}

void max_pool(const Bf16* in, int64_t in_stride, const PoolShape& shape, Bf16* out,
              int64_t out_stride) {
  check(shape, out_stride, shape.out_height * shape.out_width);
  HWY_DYNAMIC_DISPATCH(MaxPoolForBf16)(in, in_stride, shape, out, out_stride);
}

void max_pool_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                       const PoolShape& shape, float* gradient, int64_t gradient_stride) {
  check(shape, gradient_stride, shape.height * shape.width);
  HWY_DYNAMIC_DISPATCH(MaxPoolGradientForFloat)
  (in, in_stride, d, d_stride, shape, gradient, gradient_stride);
}

void max_pool_gradient(const Bf16* in, int64_t in_stride, const Bf16* d, int64_t d_stride,
                       const PoolShape& shape, Bf16* gradient, int64_t gradient_stride) {
  check(shape, gradient_stride, shape.height * shape.width);
  HWY_DYNAMIC_DISPATCH(MaxPoolGradientForBf16)
  (in, in_stride, d, d_stride, shape, gradient, gradient_stride);
}

}  // namespace nasnet::kernels
#endif
