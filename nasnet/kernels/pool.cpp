#include "nasnet/kernels/pool.h"

#include <algorithm>
#include <limits>
#include <type_traits>

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

/// A window's part of the image: rows [top, bottom), columns [left, right).
struct Window {
  int top, bottom, left, right;
  int pixels() const { return (bottom - top) * (right - left); }
};

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

/// Calls run(tail, channel, result pixel, window) for every window and vector of channels.
template <class Run>
HWY_INLINE void for_windows(const PoolShape& shape, Run run) {
  for (int r = 0; r < shape.out_height; ++r) {
    const int top = r * shape.stride - shape.top;
    for (int c = 0; c < shape.out_width; ++c) {
      const int left = c * shape.stride - shape.left;
      const Window window = {std::max(top, 0), std::min(top + shape.kernel, shape.height),
                             std::max(left, 0), std::min(left + shape.kernel, shape.width)};
      const int64_t pixel = int64_t{r} * shape.out_width + c;
      int channel = 0;
      for (; channel + kWidth <= shape.channels; channel += kWidth)
        run(std::false_type(), channel, pixel, window);
      if (channel < shape.channels) run(std::true_type(), channel, pixel, window);
    }
  }
}

float divisor(const PoolShape& shape, const Window& window) {
  return static_cast<float>(shape.zeros ? shape.kernel * shape.kernel : window.pixels());
}

void AveragePool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                 int64_t out_stride) {
  const Floats lanes(shape.channels);
  for_windows(shape, [&](auto tail, int channel, int64_t pixel, const Window& window) HWY_ATTR {
    constexpr bool kTail = decltype(tail)::value;
    Vector sum = hn::Zero(Tag());
    for (int y = window.top; y < window.bottom; ++y) {
      const float* row = in + int64_t{y} * shape.width * in_stride + channel;
      for (int x = window.left; x < window.right; ++x)
        sum = hn::Add(sum, load<kTail>(lanes, row + x * in_stride));
    }
    store<kTail>(lanes, hn::Div(sum, hn::Set(Tag(), divisor(shape, window))),
                 out + pixel * out_stride + channel);
  });
}

void AveragePoolGradient(const float* d, int64_t d_stride, const PoolShape& shape, float* gradient,
                         int64_t gradient_stride) {
  const Floats lanes(shape.channels);
  for_windows(shape, [&](auto tail, int channel, int64_t pixel, const Window& window) HWY_ATTR {
    constexpr bool kTail = decltype(tail)::value;
    const Vector share = hn::Div(load<kTail>(lanes, d + pixel * d_stride + channel),
                                 hn::Set(Tag(), divisor(shape, window)));
    for (int y = window.top; y < window.bottom; ++y) {
      float* row = gradient + int64_t{y} * shape.width * gradient_stride + channel;
      for (int x = window.left; x < window.right; ++x) {
        float* place = row + x * gradient_stride;
        store<kTail>(lanes, hn::Add(load<kTail>(lanes, place), share), place);
      }
    }
  });
}

/// The window's maximum, and with kPlaces the pixel that holds it first, as a float: images have
/// fewer than 2^24 pixels. No pixel is -1.
template <bool kTail, bool kPlaces>
HWY_INLINE Vector maximum(const float* in, int64_t in_stride, const PoolShape& shape,
                          const Floats& lanes, int channel, const Window& window, Vector& place) {
  const bool padding = shape.zeros && window.pixels() < shape.kernel * shape.kernel;
  Vector largest = hn::Set(Tag(), padding ? 0.0f : -std::numeric_limits<float>::infinity());
  if (kPlaces) place = hn::Set(Tag(), -1.0f);
  for (int y = window.top; y < window.bottom; ++y) {
    const float* row = in + int64_t{y} * shape.width * in_stride + channel;
    for (int x = window.left; x < window.right; ++x) {
      const Vector value = load<kTail>(lanes, row + x * in_stride);
      const auto larger = hn::Gt(value, largest);
      largest = hn::IfThenElse(larger, value, largest);
      if (kPlaces)
        place = hn::IfThenElse(
            larger, hn::Set(Tag(), static_cast<float>(int64_t{y} * shape.width + x)), place);
    }
  }
  return largest;
}

void MaxPool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
             int64_t out_stride) {
  const Floats lanes(shape.channels);
  for_windows(shape, [&](auto tail, int channel, int64_t pixel, const Window& window) HWY_ATTR {
    constexpr bool kTail = decltype(tail)::value;
    Vector unused;
    store<kTail>(lanes, maximum<kTail, false>(in, in_stride, shape, lanes, channel, window, unused),
                 out + pixel * out_stride + channel);
  });
}

void MaxPoolGradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                     const PoolShape& shape, float* gradient, int64_t gradient_stride) {
  const Floats lanes(shape.channels);
  for_windows(shape, [&](auto tail, int channel, int64_t pixel, const Window& window) HWY_ATTR {
    constexpr bool kTail = decltype(tail)::value;
    Vector place;
    maximum<kTail, true>(in, in_stride, shape, lanes, channel, window, place);
    const Vector above = load<kTail>(lanes, d + pixel * d_stride + channel);
    for (int y = window.top; y < window.bottom; ++y)
      for (int x = window.left; x < window.right; ++x) {
        const int64_t here = int64_t{y} * shape.width + x;
        const auto mine = hn::Eq(place, hn::Set(Tag(), static_cast<float>(here)));
        float* target = gradient + here * gradient_stride + channel;
        store<kTail>(lanes, hn::Add(load<kTail>(lanes, target), hn::IfThenElseZero(mine, above)),
                     target);
      }
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(AveragePool);
HWY_EXPORT(AveragePoolGradient);
HWY_EXPORT(MaxPool);
HWY_EXPORT(MaxPoolGradient);

void average_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                  int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(AveragePool)(in, in_stride, shape, out, out_stride);
}

void average_pool_gradient(const float* d, int64_t d_stride, const PoolShape& shape,
                           float* gradient, int64_t gradient_stride) {
  HWY_DYNAMIC_DISPATCH(AveragePoolGradient)(d, d_stride, shape, gradient, gradient_stride);
}

void max_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
              int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(MaxPool)(in, in_stride, shape, out, out_stride);
}

void max_pool_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                       const PoolShape& shape, float* gradient, int64_t gradient_stride) {
  HWY_DYNAMIC_DISPATCH(MaxPoolGradient)
  (in, in_stride, d, d_stride, shape, gradient, gradient_stride);
}

}  // namespace nasnet::kernels
#endif
