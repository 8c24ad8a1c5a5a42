// The mean over an image, at the end of the network: one pass over its pixels, forward and back.

#include "nasnet/kernels/pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/global_pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
void average(Pixels<const T> in, const GlobalPoolShape& shape, Pixels<T> out) {
  const Floats lanes(shape.channels);
  const int64_t pixels = shape.pixels;
  const bool relu = shape.relu;
  const Vector zero = hn::Zero(Tag());
  const Vector share = hn::Set(Tag(), 1.0f / static_cast<float>(pixels));
  for_vectors(shape.channels, [&](auto tail, int64_t c) HWY_ATTR {
    constexpr bool kTail = decltype(tail)::value;
    // Sums of 64 pixels, summed: few enough terms in each to cost no digits.
    Vector sum = zero;
    for (int64_t begin = 0; begin < pixels; begin += 64) {
      const int64_t end = begin + 64 < pixels ? begin + 64 : pixels;
      Vector part = zero;
      for (int64_t p = begin; p < end; ++p) {
        const Vector value = load<kTail>(lanes, in.data + p * in.stride + c);
        part = hn::Add(part, relu ? rectified(value) : value);
      }
      sum = hn::Add(sum, part);
    }
    store<kTail>(lanes, hn::Mul(sum, share), out.data + c);
  });
}

/// Every pixel gets the same share, unless the ReLU has stopped it.
template <class T>
void average_gradient(Backward<T> from, const GlobalPoolShape& shape, Pixels<T> gradient,
                      bool add) {
  const Floats lanes(shape.channels);
  const int64_t pixels = shape.pixels;
  const bool relu = shape.relu;
  const Vector share = hn::Set(Tag(), 1.0f / static_cast<float>(pixels));
  for (int64_t p = 0; p < pixels; ++p)
    for_vectors(shape.channels, [&](auto tail, int64_t c) HWY_ATTR {
      constexpr bool kTail = decltype(tail)::value;
      Vector value = hn::Mul(load<kTail>(lanes, from.d.data + c), share);
      if (relu)
        value = rectified_gradient(load<kTail>(lanes, from.x.from_pixel(p).data + c), value);
      T* place = gradient.from_pixel(p).data + c;
      if (add) value = hn::Add(value, load<kTail>(lanes, place));
      store<kTail>(lanes, value, place);
    });
}

void AverageFloat(Pixels<const float> in, const GlobalPoolShape& shape, Pixels<float> out) {
  average(in, shape, out);
}
void AverageBf16(Pixels<const Bf16> in, const GlobalPoolShape& shape, Pixels<Bf16> out) {
  average(in, shape, out);
}
void GradientFloat(Backward<float> from, const GlobalPoolShape& shape, Pixels<float> gradient,
                   Write write) {
  average_gradient(from, shape, gradient, write == Write::kAdd);
}
void GradientBf16(Backward<Bf16> from, const GlobalPoolShape& shape, Pixels<Bf16> gradient,
                  Write write) {
  average_gradient(from, shape, gradient, write == Write::kAdd);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(AverageFloat);
HWY_EXPORT(AverageBf16);
HWY_EXPORT(GradientFloat);
HWY_EXPORT(GradientBf16);

void global_average(Pixels<const float> in, const GlobalPoolShape& shape, Pixels<float> out) {
  NASNET_CHECK(shape.pixels > 0, "a mean is of something");
  HWY_DYNAMIC_DISPATCH(AverageFloat)(in, shape, out);
}
void global_average(Pixels<const Bf16> in, const GlobalPoolShape& shape, Pixels<Bf16> out) {
  NASNET_CHECK(shape.pixels > 0, "a mean is of something");
  HWY_DYNAMIC_DISPATCH(AverageBf16)(in, shape, out);
}

void global_average_gradient(Backward<float> from, const GlobalPoolShape& shape,
                             Pixels<float> gradient, Write write) {
  HWY_DYNAMIC_DISPATCH(GradientFloat)(from, shape, gradient, write);
}
void global_average_gradient(Backward<Bf16> from, const GlobalPoolShape& shape,
                             Pixels<Bf16> gradient, Write write) {
  HWY_DYNAMIC_DISPATCH(GradientBf16)(from, shape, gradient, write);
}

}  // namespace nasnet::kernels
#endif
