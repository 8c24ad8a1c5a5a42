// Linear combinations of maps by channel: bound by memory, so that each goes over it once, whatever
// is scaled, shifted and added on the way.

#include "nasnet/kernels/terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/terms.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

/// y (+)= factor (scale x + shift), with scale and shift of a block of channels in registers.
template <class T>
void apply_term(const Term<T>& term, Size size, Pixels<T> y, bool add) {
  for_blocks(size.channels, [&](auto block, int64_t first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(term.affine, first);
    const Vector factor = hn::Set(Tag(), term.factor);
    const int64_t stride = term.x.stride, pixels = size.pixels();
    const T* source = term.x.data + first;
    T* result = y.data + first;
    for (int64_t p = 0; p < pixels; ++p, source += stride, result += y.stride)
      for (int v = 0; v < kVectors; ++v) {
        Vector value = hn::Mul(transform(block.load(source, v), v), factor);
        if (add) value = hn::Add(value, block.load(result, v));
        block.store(value, result, v);
      }
  });
}

/// y = term a + term b: both are read once, and y is written once.
template <class T>
void combine_terms(const Term<T>& a, const Term<T>& b, Size size, Pixels<T> y) {
  for_blocks(size.channels, [&](auto block, int64_t first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> of_a(a.affine, first), of_b(b.affine, first);
    const Vector factor_a = hn::Set(Tag(), a.factor), factor_b = hn::Set(Tag(), b.factor);
    const int64_t stride_a = a.x.stride, stride_b = b.x.stride, pixels = size.pixels();
    const T* source_a = a.x.data + first;
    const T* source_b = b.x.data + first;
    T* result = y.data + first;
    for (int64_t p = 0; p < pixels; ++p) {
      for (int v = 0; v < kVectors; ++v)
        block.store(hn::MulAdd(of_a(block.load(source_a, v), v), factor_a,
                               hn::Mul(of_b(block.load(source_b, v), v), factor_b)),
                    result, v);
      source_a += stride_a;
      source_b += stride_b;
      result += y.stride;
    }
  });
}

/// out = d_scale d + x_scale x + shift: a batch norm's gradient, from sums that are complete.
template <class T>
void gradient_terms(Backward<T> from, NormGradient norm, Size size, Pixels<T> out) {
  for_blocks(size.channels, [&](auto block, int64_t first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockConstants<kVectors> d_scale(norm.d_scale, first), x_scale(norm.x_scale, first),
        shift(norm.shift, first);
    const int64_t pixels = size.pixels();
    const T* above = from.d.data + first;
    const T* source = from.x.data + first;
    T* result = out.data + first;
    for (int64_t p = 0; p < pixels; ++p) {
      for (int v = 0; v < kVectors; ++v)
        block.store(hn::MulAdd(d_scale[v], block.load(above, v),
                               hn::MulAdd(x_scale[v], block.load(source, v), shift[v])),
                    result, v);
      above += from.d.stride;
      source += from.x.stride;
      result += out.stride;
    }
  });
}

void ApplyFloat(const Term<float>& term, Size size, Pixels<float> y, Write write) {
  apply_term(term, size, y, write == Write::kAdd);
}
void ApplyBf16(const Term<Bf16>& term, Size size, Pixels<Bf16> y, Write write) {
  apply_term(term, size, y, write == Write::kAdd);
}
void CombineFloat(const Term<float>& a, const Term<float>& b, Size size, Pixels<float> y) {
  combine_terms(a, b, size, y);
}
void CombineBf16(const Term<Bf16>& a, const Term<Bf16>& b, Size size, Pixels<Bf16> y) {
  combine_terms(a, b, size, y);
}
void NormGradientFloat(Backward<float> from, NormGradient norm, Size size, Pixels<float> out) {
  gradient_terms(from, norm, size, out);
}
void NormGradientBf16(Backward<Bf16> from, NormGradient norm, Size size, Pixels<Bf16> out) {
  gradient_terms(from, norm, size, out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(ApplyFloat);
HWY_EXPORT(ApplyBf16);
HWY_EXPORT(CombineFloat);
HWY_EXPORT(CombineBf16);
HWY_EXPORT(NormGradientFloat);
HWY_EXPORT(NormGradientBf16);

namespace {

/// The maps that a kernel reads, and the one that it writes.
template <class T>
void check(const Pixels<const T>& a, const Pixels<const T>& b, const Size& size,
           const Pixels<T>& out) {
  NASNET_CHECK(is_gapless(a, size) && is_gapless(b, size) && is_gapless(out, size));
  NASNET_CHECK(lie_apart(out, size));
}

}  // namespace

void apply(const Term<float>& term, Size size, Pixels<float> y, Write write) {
  check(term.x, term.x, size, y);
  HWY_DYNAMIC_DISPATCH(ApplyFloat)(term, size, y, write);
}
void apply(const Term<Bf16>& term, Size size, Pixels<Bf16> y, Write write) {
  check(term.x, term.x, size, y);
  HWY_DYNAMIC_DISPATCH(ApplyBf16)(term, size, y, write);
}

void combine(const Term<float>& a, const Term<float>& b, Size size, Pixels<float> y) {
  check(a.x, b.x, size, y);
  HWY_DYNAMIC_DISPATCH(CombineFloat)(a, b, size, y);
}
void combine(const Term<Bf16>& a, const Term<Bf16>& b, Size size, Pixels<Bf16> y) {
  check(a.x, b.x, size, y);
  HWY_DYNAMIC_DISPATCH(CombineBf16)(a, b, size, y);
}

void norm_gradient(Backward<float> from, NormGradient norm, Size size, Pixels<float> out) {
  NASNET_DCHECK(norm.d_scale && norm.x_scale && norm.shift);
  check(from.d, from.x, size, out);
  HWY_DYNAMIC_DISPATCH(NormGradientFloat)(from, norm, size, out);
}
void norm_gradient(Backward<Bf16> from, NormGradient norm, Size size, Pixels<Bf16> out) {
  NASNET_DCHECK(norm.d_scale && norm.x_scale && norm.shift);
  check(from.d, from.x, size, out);
  HWY_DYNAMIC_DISPATCH(NormGradientBf16)(from, norm, size, out);
}

}  // namespace nasnet::kernels
#endif
