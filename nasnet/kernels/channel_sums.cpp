// Two sums by channel in one pass: floats over short runs of pixels, in registers, then doubles, so
// that neither time nor digits are lost to the number of pixels. The order of the additions is that
// of the pixels whatever the vector width, alignment and number of threads, but lanes differ from
// target to target.

#include "nasnet/kernels/channel_sums.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/channel_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Pixels that are summed in floats before the sum goes to a double: 64 roundings cost at most six
/// of a float's 24 bits.
constexpr int64_t kRun = 64;

/// Adds two sums by channel over the pixels: term(p, v, a, b) adds pixel p's vector v to both.
template <class BlockType, class Term>
HWY_INLINE void sum_runs(BlockType, int64_t first, Size size, CenteredSums sums, Term term) {
  constexpr int kVectors = BlockType::kCount;
  HWY_ALIGN float lanes_sum[kVectors * kWidth], lanes_product[kVectors * kWidth];
  NASNET_DCHECK(sums.origin && sums.sum && sums.product, "sums have their places");
  const int64_t pixels = size.pixels();
  const int64_t count = std::min<int64_t>(kVectors * kWidth, size.channels - first);
  for (int64_t begin = 0; begin < pixels; begin += kRun) {
    Vector a[kVectors], b[kVectors];
    for (int v = 0; v < kVectors; ++v) a[v] = b[v] = hn::Zero(Tag());
    for (int64_t p = begin; p < std::min(pixels, begin + kRun); ++p)
      for (int v = 0; v < kVectors; ++v) term(p, v, a[v], b[v]);
    for (int v = 0; v < kVectors; ++v) {
      hn::Store(a[v], Tag(), lanes_sum + v * kWidth);
      hn::Store(b[v], Tag(), lanes_product + v * kWidth);
    }
    for (int64_t c = 0; c < count; ++c) {
      sums.sum[first + c] += static_cast<double>(lanes_sum[c]);
      sums.product[first + c] += static_cast<double>(lanes_product[c]);
    }
  }
}

/// Sums of x - origin and of its square.
template <class T>
void value_sums(Pixels<const T> x, Size size, CenteredSums sums) {
  for_blocks(size.channels, [&](auto block, int64_t first) HWY_ATTR {
    sum_runs(block, first, size, sums, [&](int64_t p, int v, Vector& a, Vector& b) HWY_ATTR {
      const Vector value = hn::Sub(block.load(x.data + p * x.stride + first, v),
                                   hn::LoadU(Tag(), sums.origin + first + v * kWidth));
      a = hn::Add(a, value);
      b = hn::MulAdd(value, value, b);
    });
  });
}

/// Sums of d and of d (x - origin), from which a norm's gradient is made.
template <class T>
void products_sums(Backward<T> from, Size size, CenteredSums sums) {
  for_blocks(size.channels, [&, d = from.d, x = from.x](auto block, int64_t first) HWY_ATTR {
    sum_runs(block, first, size, sums, [&](int64_t p, int v, Vector& a, Vector& b) HWY_ATTR {
      const Vector above = block.load(d.data + p * d.stride + first, v);
      const Vector value = hn::Sub(block.load(x.data + p * x.stride + first, v),
                                   hn::LoadU(Tag(), sums.origin + first + v * kWidth));
      a = hn::Add(a, above);
      b = hn::MulAdd(above, value, b);
    });
  });
}

void SumFloat(Pixels<const float> x, Size size, CenteredSums sums) {
  value_sums(x, size, sums);
}
void SumBf16(Pixels<const Bf16> x, Size size, CenteredSums sums) {
  value_sums(x, size, sums);
}
void GradientSumsFloat(Backward<float> from, Size size, CenteredSums sums) {
  products_sums(from, size, sums);
}
void GradientSumsBf16(Backward<Bf16> from, Size size, CenteredSums sums) {
  products_sums(from, size, sums);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(SumFloat);
HWY_EXPORT(SumBf16);
HWY_EXPORT(GradientSumsFloat);
HWY_EXPORT(GradientSumsBf16);

void channel_sums(Pixels<const float> x, Size size, CenteredSums sums) {
  NASNET_CHECK(is_gapless(x, size));
  HWY_DYNAMIC_DISPATCH(SumFloat)(x, size, sums);
}
void channel_sums(Pixels<const Bf16> x, Size size, CenteredSums sums) {
  NASNET_CHECK(is_gapless(x, size));
  HWY_DYNAMIC_DISPATCH(SumBf16)(x, size, sums);
}

void gradient_sums(Backward<float> from, Size size, CenteredSums sums) {
  NASNET_CHECK(is_gapless(from.d, size) && is_gapless(from.x, size));
  HWY_DYNAMIC_DISPATCH(GradientSumsFloat)(from, size, sums);
}
void gradient_sums(Backward<Bf16> from, Size size, CenteredSums sums) {
  NASNET_CHECK(is_gapless(from.d, size) && is_gapless(from.x, size));
  HWY_DYNAMIC_DISPATCH(GradientSumsBf16)(from, size, sums);
}

}  // namespace nasnet::kernels
#endif
