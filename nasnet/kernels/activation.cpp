// Goes over an image once. With few channels it goes block by block, so that scale and shift stay
// in registers over all pixels; with many pixel by pixel, as memory is read fastest in its order.

#include "nasnet/kernels/activation.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/activation.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

/// More channels than a block has: pixel by pixel, as memory is read fastest in its order.
template <class In, class Out>
void activate_wide(Pixels<const In> in, Size size, Activation activation, Pixels<Out> out) {
  const Floats lanes(size.channels);
  const Affine affine = activation.affine;
  const int64_t out_row = out.row_step(size.width);
  for (int64_t y = 0; y < size.height; ++y) {
    const In* source = in.data + y * size.width * in.stride;
    Out* result = out.data + y * out_row;
    for (int64_t x = 0; x < size.width; ++x, source += in.stride, result += out.stride)
      for_vectors(size.channels, [&](auto tail, int64_t c) HWY_ATTR {
        constexpr bool kTail = decltype(tail)::value;
        Vector value = load<kTail>(lanes, source + c);
        if (affine)
          value = hn::MulAdd(value, hn::LoadU(Tag(), affine.scale + c),
                             hn::LoadU(Tag(), affine.shift + c));
        if (activation.relu) value = rectified(value);
        store<kTail>(lanes, value, result + c);
      });
  }
}

/// Row by row, for `out` may be the inside of a larger image.
template <class In, class Out>
void activate_rows(Pixels<const In> in, Size size, Activation activation, Pixels<Out> out) {
  // Three vectors are the largest block.
  if (size.channels > 3 * kWidth) return activate_wide(in, size, activation, out);
  const int64_t out_row = out.row_step(size.width);
  for_blocks(size.channels, [&](auto block, int64_t first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(activation.affine, first);
    for (int64_t y = 0; y < size.height; ++y) {
      const In* source = in.data + y * size.width * in.stride + first;
      Out* result = out.data + y * out_row + first;
      for (int64_t x = 0; x < size.width; ++x, source += in.stride, result += out.stride)
        for (int v = 0; v < kVectors; ++v) {
          Vector value = transform(block.load(source, v), v);
          if (activation.relu) value = rectified(value);
          block.store(value, result, v);
        }
    }
  });
}

/// The gradient before the activation; what ReLU has stopped is told by activating x again.
template <class T>
void gradient_rows(Backward<T, float> from, Size size, Activation activation, Pixels<T> gradient,
                   bool add) {
  const int64_t d_row = from.d.row_step(size.width);
  for_blocks(size.channels, [&](auto block, int64_t first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(activation.affine, first);
    for (int64_t y = 0; y < size.height; ++y) {
      const float* above = from.d.data + y * d_row + first;
      const T* source = from.x.data + y * size.width * from.x.stride + first;
      T* result = gradient.data + y * size.width * gradient.stride + first;
      for (int64_t p = 0; p < size.width; ++p) {
        for (int v = 0; v < kVectors; ++v) {
          Vector value = block.load(above, v);
          if (activation.relu)
            value = rectified_gradient(transform(block.load(source, v), v), value);
          if (add) value = hn::Add(value, block.load(result, v));
          block.store(value, result, v);
        }
        above += from.d.stride;
        source += from.x.stride;
        result += gradient.stride;
      }
    }
  });
}

/// Zeros in `channels` of each pixel; others beside them are left alone.
void zero_row(float* row, int64_t pixels, int64_t channels, int64_t stride) {
  if (stride == channels) {
    std::fill_n(row, pixels * channels, 0.0f);
  } else {
    for (int64_t p = 0; p < pixels; ++p) std::fill_n(row + p * stride, channels, 0.0f);
  }
}

void ClearBorder(Size size, const Border& border, Pixels<float> out) {
  const int64_t full = size.width + border.across(), row = full * out.stride;
  zero_row(out.data, border.top * full, size.channels, out.stride);
  zero_row(out.data + (border.top + size.height) * row, border.bottom * full, size.channels,
           out.stride);
  for (int64_t y = 0; y < size.height; ++y) {
    float* first = out.data + (border.top + y) * row;
    zero_row(first, border.left, size.channels, out.stride);
    zero_row(first + (border.left + size.width) * out.stride, border.right, size.channels,
             out.stride);
  }
}

// One name for each type: what is exported has no templates.

void ActivateFloat(Pixels<const float> in, Size size, Activation activation, Pixels<float> out) {
  activate_rows(in, size, activation, out);
}
void ActivateBf16(Pixels<const Bf16> in, Size size, Activation activation, Pixels<Bf16> out) {
  activate_rows(in, size, activation, out);
}
void ActivateFromBf16(Pixels<const Bf16> in, Size size, Activation activation, Pixels<float> out) {
  activate_rows(in, size, activation, out);
}
void GradientFloat(Backward<float> from, Size size, Activation activation, Pixels<float> gradient,
                   Write write) {
  gradient_rows(from, size, activation, gradient, write == Write::kAdd);
}
void GradientBf16(Backward<Bf16, float> from, Size size, Activation activation,
                  Pixels<Bf16> gradient, Write write) {
  gradient_rows(from, size, activation, gradient, write == Write::kAdd);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(ClearBorder);
HWY_EXPORT(ActivateFloat);
HWY_EXPORT(ActivateBf16);
HWY_EXPORT(ActivateFromBf16);
HWY_EXPORT(GradientFloat);
HWY_EXPORT(GradientBf16);

namespace {

template <class In, class Out>
void check_activation(const Pixels<In>& in, const Size& size, const Pixels<Out>& out) {
  NASNET_CHECK(is_gapless(in, size), "only the result may be a part of a larger image");
  NASNET_CHECK(lie_apart(out, size));
}

template <class X, class D>
void check_gradient(const Backward<X, D>& from, const Size& size, const Pixels<X>& gradient) {
  NASNET_CHECK(is_gapless(from.x, size) && is_gapless(gradient, size),
               "only d may be a part of a larger image");
  NASNET_CHECK(lie_apart(gradient, size));
}

}  // namespace

void activate(Pixels<const float> in, Size size, Activation activation, Pixels<float> out) {
  check_activation(in, size, out);
  HWY_DYNAMIC_DISPATCH(ActivateFloat)(in, size, activation, out);
}
void activate(Pixels<const Bf16> in, Size size, Activation activation, Pixels<Bf16> out) {
  check_activation(in, size, out);
  HWY_DYNAMIC_DISPATCH(ActivateBf16)(in, size, activation, out);
}
void activate(Pixels<const Bf16> in, Size size, Activation activation, Pixels<float> out) {
  check_activation(in, size, out);
  HWY_DYNAMIC_DISPATCH(ActivateFromBf16)(in, size, activation, out);
}

void activate_gradient(Backward<float> from, Size size, Activation activation,
                       Pixels<float> gradient, Write write) {
  check_gradient(from, size, gradient);
  HWY_DYNAMIC_DISPATCH(GradientFloat)(from, size, activation, gradient, write);
}
void activate_gradient(Backward<Bf16, float> from, Size size, Activation activation,
                       Pixels<Bf16> gradient, Write write) {
  check_gradient(from, size, gradient);
  HWY_DYNAMIC_DISPATCH(GradientBf16)(from, size, activation, gradient, write);
}

void clear_border(Size size, const Border& border, Pixels<float> out) {
  NASNET_CHECK(
      is_gapless(out, {size.height + border.down(), size.width + border.across(), size.channels}));
  HWY_DYNAMIC_DISPATCH(ClearBorder)(size, border, out);
}

void pad(Pixels<const float> in, Size size, Activation activation, const Border& border,
         Pixels<float> out) {
  clear_border(size, border, out);
  activate(in, size, activation, inside(out, border, size.width));
}

}  // namespace nasnet::kernels
#endif
