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
void GlobalAverage(const T* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                   T* out) {
  const Floats lanes(channels);
  const Vector zero = hn::Zero(Tag());
  const Vector share = hn::Set(Tag(), 1.0f / static_cast<float>(pixels));
  for_vectors(channels, [&](auto tail, int c) HWY_ATTR {
    constexpr bool kTail = decltype(tail)::value;
    // Sums of 64 pixels, summed: few enough terms in each to cost no digits.
    Vector sum = zero;
    for (int64_t begin = 0; begin < pixels; begin += 64) {
      const int64_t end = begin + 64 < pixels ? begin + 64 : pixels;
      Vector part = zero;
      for (int64_t p = begin; p < end; ++p) {
        const Vector value = load<kTail>(lanes, in + p * in_stride + c);
        part = hn::Add(part, relu ? rectified(value) : value);
      }
      sum = hn::Add(sum, part);
    }
    store<kTail>(lanes, hn::Mul(sum, share), out + c);
  });
}

template <class T>
void GlobalAverageGradient(const T* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                           const T* d, T* gradient, int64_t gradient_stride, bool accumulate) {
  const Floats lanes(channels);
  const Vector share = hn::Set(Tag(), 1.0f / static_cast<float>(pixels));
  for (int64_t p = 0; p < pixels; ++p)
    for_vectors(channels, [&](auto tail, int c) HWY_ATTR {
      constexpr bool kTail = decltype(tail)::value;
      Vector value = hn::Mul(load<kTail>(lanes, d + c), share);
      if (relu) value = rectified_gradient(load<kTail>(lanes, in + p * in_stride + c), value);
      T* place = gradient + p * gradient_stride + c;
      if (accumulate) value = hn::Add(value, load<kTail>(lanes, place));
      store<kTail>(lanes, value, place);
    });
}

void GlobalAverageForFloat(const float* in, int64_t in_stride, int64_t pixels, int channels,
                           bool relu, float* out) {
  GlobalAverage(in, in_stride, pixels, channels, relu, out);
}
void GlobalAverageForBf16(const Bf16* in, int64_t in_stride, int64_t pixels, int channels,
                          bool relu, Bf16* out) {
  GlobalAverage(in, in_stride, pixels, channels, relu, out);
}
void GlobalAverageGradientForFloat(const float* in, int64_t in_stride, int64_t pixels, int channels,
                                   bool relu, const float* d, float* gradient,
                                   int64_t gradient_stride, bool accumulate) {
  GlobalAverageGradient(in, in_stride, pixels, channels, relu, d, gradient, gradient_stride,
                        accumulate);
}
void GlobalAverageGradientForBf16(const Bf16* in, int64_t in_stride, int64_t pixels, int channels,
                                  bool relu, const Bf16* d, Bf16* gradient, int64_t gradient_stride,
                                  bool accumulate) {
  GlobalAverageGradient(in, in_stride, pixels, channels, relu, d, gradient, gradient_stride,
                        accumulate);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(GlobalAverageForFloat);
HWY_EXPORT(GlobalAverageForBf16);
HWY_EXPORT(GlobalAverageGradientForFloat);
HWY_EXPORT(GlobalAverageGradientForBf16);

void global_average(const float* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                    float* out) {
  NASNET_CHECK(pixels > 0, "a mean is of something");
  HWY_DYNAMIC_DISPATCH(GlobalAverageForFloat)(in, in_stride, pixels, channels, relu, out);
}

void global_average(const Bf16* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                    Bf16* out) {
  NASNET_CHECK(pixels > 0, "a mean is of something");
  HWY_DYNAMIC_DISPATCH(GlobalAverageForBf16)(in, in_stride, pixels, channels, relu, out);
}

void global_average_gradient(const float* in, int64_t in_stride, int64_t pixels, int channels,
                             bool relu, const float* d, float* gradient, int64_t gradient_stride,
                             bool accumulate) {
  HWY_DYNAMIC_DISPATCH(GlobalAverageGradientForFloat)
  (in, in_stride, pixels, channels, relu, d, gradient, gradient_stride, accumulate);
}

void global_average_gradient(const Bf16* in, int64_t in_stride, int64_t pixels, int channels,
                             bool relu, const Bf16* d, Bf16* gradient, int64_t gradient_stride,
                             bool accumulate) {
  HWY_DYNAMIC_DISPATCH(GlobalAverageGradientForBf16)
  (in, in_stride, pixels, channels, relu, d, gradient, gradient_stride, accumulate);
}

}  // namespace nasnet::kernels
#endif
