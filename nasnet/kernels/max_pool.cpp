// A maximum pool takes the maxima of the rows' parts, then of those. For the gradient it also keeps
// where they are, as floats beside the values: indices of less than 2^24 are exact in them, and
// compared lane by lane without a conversion.

#include "nasnet/kernels/pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/max_pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/pool-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

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
HWY_INLINE void row_maxima(Pixels<const T> in, const PoolShape& shape, Windows windows,
                           const VectorAffine affine, const Floats& lanes, const Between& between) {
  const int64_t in_stride = in.stride;
  for (int y = 0; y < shape.height; ++y) {
    const T* row = in.data + int64_t{y} * shape.width * in_stride;
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
void max_channels(Pixels<const T> in, const PoolShape& shape, Windows windows,
                  const VectorAffine affine, const Floats& lanes, const Between& between,
                  Pixels<T> to) {
  const int64_t out_stride = to.stride;
  T* out = to.data;
  row_maxima<kTail, false>(in, shape, windows, affine, lanes, between);
  for (int r = 0; r < shape.out_height; ++r)
    for (int c = 0; c < shape.out_width; ++c) {
      store<kTail>(lanes, window_maximum<false>(shape, windows, between, r, c).value, out);
      out += out_stride;
    }
}

template <class T>
void maximum(Pixels<const T> in, const PoolShape& shape, Pixels<T> out) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int64_t channel) HWY_ATTR {
    max_channels<decltype(tail)::value>(in.from_channel(channel), shape, windows,
                                        VectorAffine(shape.affine, channel), lanes, between,
                                        out.from_channel(channel));
  });
}

template <bool kTail, class T>
void max_gradient_channels(Backward<T> from, const PoolShape& shape, Windows windows,
                           const VectorAffine affine, const Floats& lanes, const Between& between,
                           Pixels<T> gradient) {
  const T* const d = from.d.data;
  const int64_t d_stride = from.d.stride;
  row_maxima<kTail, true>(from.x, shape, windows, affine, lanes, between);
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
  add_windows<kTail>(shape, windows, lanes, gradient, [&](int y, int x, int c) HWY_ATTR {
    const auto mine =
        hn::Eq(hn::Load(Tag(), between.at(1, y, c)), hn::Set(Tag(), static_cast<float>(x)));
    return hn::IfThenElseZero(mine, hn::Load(Tag(), between.at(0, y, c)));
  });
}

template <class T>
void maximum_gradient(Backward<T> from, const PoolShape& shape, Pixels<T> gradient) {
  const Floats lanes(shape.channels);
  const Between between(shape, 3);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int64_t channel) HWY_ATTR {
    max_gradient_channels<decltype(tail)::value>(
        {from.d.from_channel(channel), from.x.from_channel(channel)}, shape, windows,
        VectorAffine(shape.affine, channel), lanes, between, gradient.from_channel(channel));
  });
}

void MaximumFloat(Pixels<const float> in, const PoolShape& shape, Pixels<float> out) {
  maximum(in, shape, out);
}
void MaximumBf16(Pixels<const Bf16> in, const PoolShape& shape, Pixels<Bf16> out) {
  maximum(in, shape, out);
}
void MaximumGradientFloat(Backward<float> from, const PoolShape& shape, Pixels<float> gradient) {
  maximum_gradient(from, shape, gradient);
}
void MaximumGradientBf16(Backward<Bf16> from, const PoolShape& shape, Pixels<Bf16> gradient) {
  maximum_gradient(from, shape, gradient);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(MaximumFloat);
HWY_EXPORT(MaximumBf16);
HWY_EXPORT(MaximumGradientFloat);
HWY_EXPORT(MaximumGradientBf16);

void max_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out) {
  check_pool(shape, out, shape.result());
  HWY_DYNAMIC_DISPATCH(MaximumFloat)(in, shape, out);
}
void max_pool(Pixels<const Bf16> in, const PoolShape& shape, Pixels<Bf16> out) {
  check_pool(shape, out, shape.result());
  HWY_DYNAMIC_DISPATCH(MaximumBf16)(in, shape, out);
}

void max_pool_gradient(Backward<float> from, const PoolShape& shape, Pixels<float> gradient) {
  check_pool(shape, gradient, shape.image());
  HWY_DYNAMIC_DISPATCH(MaximumGradientFloat)(from, shape, gradient);
}
void max_pool_gradient(Backward<Bf16> from, const PoolShape& shape, Pixels<Bf16> gradient) {
  check_pool(shape, gradient, shape.image());
  HWY_DYNAMIC_DISPATCH(MaximumGradientBf16)(from, shape, gradient);
}

}  // namespace nasnet::kernels
#endif
