// An average pool is a sum along the rows and one across them, 2 k additions a pixel in place of k
// x k, and a division by the pixels that a window has.

#include "nasnet/kernels/pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/average_pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/pool-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Sums along the rows, then across them.
template <bool kTail, class T>
void average_channels(Pixels<const T> in, const PoolShape& shape, Windows windows,
                      const VectorAffine affine, const Floats& lanes, const Between& between,
                      Pixels<T> to) {
  const int width = shape.out_width;
  const int64_t in_stride = in.stride, out_stride = to.stride;
  for (int y = 0; y < shape.height; ++y) {
    const T* row = in.data + int64_t{y} * shape.width * in_stride;
    float* result = between.at(0, y, 0);
    for (int c = 0; c < width; ++c, result += kWidth) {
      const Vector sum = sum_range(windows.columns_of_window[c], [&](int x) HWY_ATTR {
        return load<kTail>(lanes, row + x * in_stride);
      });
      hn::Store(sum, Tag(), result);
    }
  }
  const int64_t row = int64_t{width} * kWidth;
  T* out = to.data;
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
void average(Pixels<const T> in, const PoolShape& shape, Pixels<T> out) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int64_t channel) HWY_ATTR {
    average_channels<decltype(tail)::value>(in.from_channel(channel), shape, windows,
                                            VectorAffine(shape.affine, channel), lanes, between,
                                            out.from_channel(channel));
  });
}

/// Shares of the windows that hold a row, summed across the rows, then along them.
template <bool kTail, class T>
void average_gradient_channels(Pixels<const T> d, const PoolShape& shape, Windows windows,
                               const Floats& lanes, const Between& between, Pixels<T> gradient) {
  const int width = shape.out_width;
  const int64_t d_stride = d.stride, row = width * d_stride;
  for (int y = 0; y < shape.height; ++y) {
    const Range rows = windows.windows_of_row[y];
    float* result = between.at(0, y, 0);
    const T* above = d.data;
    for (int c = 0; c < width; ++c, result += kWidth, above += d_stride) {
      const Range columns = windows.columns_of_window[c];
      const Vector sum = sum_range(rows, [&](int r) HWY_ATTR {
        return hn::Mul(load<kTail>(lanes, above + r * row),
                       windows.share(windows.rows_of_window[r], columns));
      });
      hn::Store(sum, Tag(), result);
    }
  }
  add_windows<kTail>(shape, windows, lanes, gradient, [&](int y, int, int c) HWY_ATTR {
    return hn::Load(Tag(), between.at(0, y, c));
  });
}

template <class T>
void average_gradient(Pixels<const T> d, const PoolShape& shape, Pixels<T> gradient) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  const Windows windows(shape);
  for_vectors(shape.channels, [&](auto tail, int64_t channel) HWY_ATTR {
    average_gradient_channels<decltype(tail)::value>(d.from_channel(channel), shape, windows, lanes,
                                                     between, gradient.from_channel(channel));
  });
}

void AverageFloat(Pixels<const float> in, const PoolShape& shape, Pixels<float> out) {
  average(in, shape, out);
}
void AverageBf16(Pixels<const Bf16> in, const PoolShape& shape, Pixels<Bf16> out) {
  average(in, shape, out);
}
void AverageGradientFloat(Pixels<const float> d, const PoolShape& shape, Pixels<float> gradient) {
  average_gradient(d, shape, gradient);
}
void AverageGradientBf16(Pixels<const Bf16> d, const PoolShape& shape, Pixels<Bf16> gradient) {
  average_gradient(d, shape, gradient);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(AverageFloat);
HWY_EXPORT(AverageBf16);
HWY_EXPORT(AverageGradientFloat);
HWY_EXPORT(AverageGradientBf16);

void average_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out) {
  check_pool(shape, out, shape.result());
  HWY_DYNAMIC_DISPATCH(AverageFloat)(in, shape, out);
}
void average_pool(Pixels<const Bf16> in, const PoolShape& shape, Pixels<Bf16> out) {
  check_pool(shape, out, shape.result());
  HWY_DYNAMIC_DISPATCH(AverageBf16)(in, shape, out);
}

void average_pool_gradient(Pixels<const float> d, const PoolShape& shape, Pixels<float> gradient) {
  check_pool(shape, gradient, shape.image());
  HWY_DYNAMIC_DISPATCH(AverageGradientFloat)(d, shape, gradient);
}
void average_pool_gradient(Pixels<const Bf16> d, const PoolShape& shape, Pixels<Bf16> gradient) {
  check_pool(shape, gradient, shape.image());
  HWY_DYNAMIC_DISPATCH(AverageGradientBf16)(d, shape, gradient);
}

}  // namespace nasnet::kernels
#endif
