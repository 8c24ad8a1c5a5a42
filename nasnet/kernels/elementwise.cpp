#include "nasnet/kernels/elementwise.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Loads and stores of a block of kVectors vectors of channels, the last of which may be a tail.
template <int kVectors, bool kTail>
struct Block {
  static constexpr int kCount = kVectors;
  const Floats& lanes;

  template <class T>
  HWY_INLINE Vector load(const T* place, int v) const {
    return kTail && v == kVectors - 1 ? lanes.load_tail(place + v * kWidth)
                                      : load_whole(place + v * kWidth);
  }
  template <class T>
  HWY_INLINE void store(Vector value, T* place, int v) const {
    if (kTail && v == kVectors - 1) {
      lanes.store_tail(value, place + v * kWidth);
    } else {
      store_whole(value, place + v * kWidth);
    }
  }
};

/// Calls run(block, first channel) for each block: constants by channel stay in registers over all
/// pixels.
template <class Run>
HWY_INLINE void for_blocks(int channels, Run run) {
  const Floats lanes(channels);
  for (const ColumnBlock block : column_blocks(channels)) {
    const int first = static_cast<int>(block.first);
    if (block.vectors == 3) {
      block.tail ? run(Block<3, true>{lanes}, first) : run(Block<3, false>{lanes}, first);
    } else if (block.vectors == 2) {
      block.tail ? run(Block<2, true>{lanes}, first) : run(Block<2, false>{lanes}, first);
    } else {
      block.tail ? run(Block<1, true>{lanes}, first) : run(Block<1, false>{lanes}, first);
    }
  }
}

/// Scale and shift of a block's channels; one and zero for none.
template <int kVectors>
struct BlockAffine {
  Vector scale[kVectors], shift[kVectors];
  bool none;

  BlockAffine(const Affine& affine, int first) : none(affine.scale == nullptr) {
    for (int v = 0; v < kVectors; ++v) {
      scale[v] = none ? hn::Set(Tag(), 1.0f) : hn::LoadU(Tag(), affine.scale + first + v * kWidth);
      shift[v] = none ? hn::Zero(Tag()) : hn::LoadU(Tag(), affine.shift + first + v * kWidth);
    }
  }
  HWY_INLINE Vector operator()(Vector x, int v) const {
    return none ? x : hn::MulAdd(x, scale[v], shift[v]);
  }
};

void zero_row(float* row, int64_t pixels, int channels, int64_t stride) {
  if (stride == channels) {
    std::fill_n(row, pixels * channels, 0.0f);
  } else {
    for (int64_t p = 0; p < pixels; ++p) std::fill_n(row + p * stride, channels, 0.0f);
  }
}

void ClearBorder(int height, int width, int channels, const Border& border, float* out,
                 int64_t out_stride) {
  const int64_t full = width + border.left + border.right;
  zero_row(out, border.top * full, channels, out_stride);
  zero_row(out + (border.top + height) * full * out_stride, border.bottom * full, channels,
           out_stride);
  for (int y = 0; y < height; ++y) {
    float* row = out + (border.top + y) * full * out_stride;
    zero_row(row, border.left, channels, out_stride);
    zero_row(row + (border.left + width) * out_stride, border.right, channels, out_stride);
  }
}

/// Of more channels than a block has: pixel by pixel, as memory is read fastest in its order.
template <class In, class Out>
void activate_wide(const In* in, int64_t in_stride, int height, int width, int channels,
                   Affine affine, bool relu, Out* out, int64_t out_stride, int64_t out_row) {
  const Floats lanes(channels);
  for (int y = 0; y < height; ++y) {
    const In* source = in + int64_t{y} * width * in_stride;
    Out* result = out + y * out_row;
    for (int x = 0; x < width; ++x, source += in_stride, result += out_stride)
      for_vectors(channels, [&](auto tail, int c) HWY_ATTR {
        constexpr bool kTail = decltype(tail)::value;
        Vector value = load<kTail>(lanes, source + c);
        if (affine.scale != nullptr)
          value = hn::MulAdd(value, hn::LoadU(Tag(), affine.scale + c),
                             hn::LoadU(Tag(), affine.shift + c));
        if (relu) value = rectified(value);
        store<kTail>(lanes, value, result + c);
      });
  }
}

template <class In, class Out>
void Activate(const In* in, int64_t in_stride, int height, int width, int channels, Affine affine,
              bool relu, Out* out, int64_t out_stride, int64_t out_row) {
  if (channels > 3 * kWidth)
    return activate_wide(in, in_stride, height, width, channels, affine, relu, out, out_stride,
                         out_row);
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(affine, first);
    for (int y = 0; y < height; ++y) {
      const In* source = in + int64_t{y} * width * in_stride + first;
      Out* result = out + y * out_row + first;
      for (int x = 0; x < width; ++x, source += in_stride, result += out_stride)
        for (int v = 0; v < kVectors; ++v) {
          Vector value = transform(block.load(source, v), v);
          if (relu) value = rectified(value);
          block.store(value, result, v);
        }
    }
  });
}

template <class T>
void Unpad(const float* d, int64_t d_stride, int height, int width, int channels, const T* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, T* gradient,
           int64_t gradient_stride, bool accumulate) {
  const int64_t full = width + border.left + border.right;
  const float* inside = d + (border.top * full + border.left) * d_stride;
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(affine, first);
    for (int y = 0; y < height; ++y) {
      const float* above = inside + y * full * d_stride + first;
      const T* source = in + int64_t{y} * width * in_stride + first;
      T* result = gradient + int64_t{y} * width * gradient_stride + first;
      for (int x = 0; x < width;
           ++x, above += d_stride, source += in_stride, result += gradient_stride)
        for (int v = 0; v < kVectors; ++v) {
          Vector value = block.load(above, v);
          if (relu) value = rectified_gradient(transform(block.load(source, v), v), value);
          if (accumulate) value = hn::Add(value, block.load(result, v));
          block.store(value, result, v);
        }
    }
  });
}

/// Floats are summed over so many pixels before they go to doubles.
constexpr int64_t kRun = 64;

/// Two sums by channel over the pixels: term(p, v) gives both vectors.
template <class BlockType, class Term>
HWY_INLINE void sum_runs(BlockType, int first, int channels, int64_t pixels, double* sum,
                         double* product, Term term) {
  constexpr int kVectors = BlockType::kCount;
  HWY_ALIGN float lanes_sum[kVectors * kWidth], lanes_product[kVectors * kWidth];
  for (int64_t begin = 0; begin < pixels; begin += kRun) {
    Vector a[kVectors], b[kVectors];
    for (int v = 0; v < kVectors; ++v) a[v] = b[v] = hn::Zero(Tag());
    for (int64_t p = begin; p < std::min(pixels, begin + kRun); ++p)
      for (int v = 0; v < kVectors; ++v) term(p, v, a[v], b[v]);
    for (int v = 0; v < kVectors; ++v) {
      hn::Store(a[v], Tag(), lanes_sum + v * kWidth);
      hn::Store(b[v], Tag(), lanes_product + v * kWidth);
    }
    const int count = std::min(kVectors * kWidth, channels - first);
    for (int c = 0; c < count; ++c) {
      sum[first + c] += static_cast<double>(lanes_sum[c]);
      product[first + c] += static_cast<double>(lanes_product[c]);
    }
  }
}

template <class T>
void ChannelSums(const T* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                 double* sum, double* squares) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    sum_runs(block, first, channels, pixels, sum, squares,
             [&](int64_t p, int v, Vector& a, Vector& b) HWY_ATTR {
               const Vector value = hn::Sub(block.load(x + p * stride + first, v),
                                            hn::LoadU(Tag(), origin + first + v * kWidth));
               a = hn::Add(a, value);
               b = hn::MulAdd(value, value, b);
             });
  });
}

template <class T>
void GradientSums(const T* d, int64_t d_stride, const T* x, int64_t x_stride, int64_t pixels,
                  int channels, const float* origin, double* sum, double* product) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    sum_runs(block, first, channels, pixels, sum, product,
             [&](int64_t p, int v, Vector& a, Vector& b) HWY_ATTR {
               const Vector above = block.load(d + p * d_stride + first, v);
               const Vector value = hn::Sub(block.load(x + p * x_stride + first, v),
                                            hn::LoadU(Tag(), origin + first + v * kWidth));
               a = hn::Add(a, above);
               b = hn::MulAdd(above, value, b);
             });
  });
}

template <class T>
void Apply(const T* x, int64_t x_stride, int64_t pixels, int channels, Affine affine, float factor,
           T* y, int64_t y_stride, bool accumulate) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(affine, first);
    const Vector scale = hn::Set(Tag(), factor);
    const T* source = x + first;
    T* result = y + first;
    for (int64_t p = 0; p < pixels; ++p, source += x_stride, result += y_stride)
      for (int v = 0; v < kVectors; ++v) {
        Vector value = hn::Mul(transform(block.load(source, v), v), scale);
        if (accumulate) value = hn::Add(value, block.load(result, v));
        block.store(value, result, v);
      }
  });
}

template <class T>
void Combine(const Term<T>& a, const Term<T>& b, int64_t pixels, int channels, T* y,
             int64_t y_stride) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> of_a(a.affine, first), of_b(b.affine, first);
    const Vector factor_a = hn::Set(Tag(), a.factor), factor_b = hn::Set(Tag(), b.factor);
    const T* source_a = a.x + first;
    const T* source_b = b.x + first;
    T* result = y + first;
    for (int64_t p = 0; p < pixels;
         ++p, source_a += a.stride, source_b += b.stride, result += y_stride)
      for (int v = 0; v < kVectors; ++v)
        block.store(hn::MulAdd(of_a(block.load(source_a, v), v), factor_a,
                               hn::Mul(of_b(block.load(source_b, v), v), factor_b)),
                    result, v);
  });
}

template <class T>
void NormGradient(const T* d, int64_t d_stride, const T* x, int64_t x_stride, int64_t pixels,
                  int channels, const float* a, const float* b, const float* c, T* out,
                  int64_t out_stride) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    Vector of_d[kVectors], of_x[kVectors], constant[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      of_d[v] = hn::LoadU(Tag(), a + first + v * kWidth);
      of_x[v] = hn::LoadU(Tag(), b + first + v * kWidth);
      constant[v] = hn::LoadU(Tag(), c + first + v * kWidth);
    }
    const T* above = d + first;
    const T* source = x + first;
    T* result = out + first;
    for (int64_t p = 0; p < pixels;
         ++p, above += d_stride, source += x_stride, result += out_stride)
      for (int v = 0; v < kVectors; ++v)
        block.store(hn::MulAdd(of_d[v], block.load(above, v),
                               hn::MulAdd(of_x[v], block.load(source, v), constant[v])),
                    result, v);
  });
}

// One name for each type: what is exported has no templates.

void ActivateForFloat(const float* in, int64_t in_stride, int height, int width, int channels,
                      Affine affine, bool relu, float* out, int64_t out_stride, int64_t out_row) {
  Activate(in, in_stride, height, width, channels, affine, relu, out, out_stride, out_row);
}
void ActivateForBf16(const Bf16* in, int64_t in_stride, int height, int width, int channels,
                     Affine affine, bool relu, Bf16* out, int64_t out_stride, int64_t out_row) {
  Activate(in, in_stride, height, width, channels, affine, relu, out, out_stride, out_row);
}
void ActivateForFromBf16(const Bf16* in, int64_t in_stride, int height, int width, int channels,
                         Affine affine, bool relu, float* out, int64_t out_stride,
                         int64_t out_row) {
  Activate(in, in_stride, height, width, channels, affine, relu, out, out_stride, out_row);
}
void UnpadForFloat(const float* d, int64_t d_stride, int height, int width, int channels,
                   const float* in, int64_t in_stride, Affine affine, bool relu,
                   const Border& border, float* gradient, int64_t gradient_stride,
                   bool accumulate) {
  Unpad(d, d_stride, height, width, channels, in, in_stride, affine, relu, border, gradient,
        gradient_stride, accumulate);
}
void UnpadForBf16(const float* d, int64_t d_stride, int height, int width, int channels,
                  const Bf16* in, int64_t in_stride, Affine affine, bool relu, const Border& border,
                  Bf16* gradient, int64_t gradient_stride, bool accumulate) {
  Unpad(d, d_stride, height, width, channels, in, in_stride, affine, relu, border, gradient,
        gradient_stride, accumulate);
}
void ChannelSumsForFloat(const float* x, int64_t stride, int64_t pixels, int channels,
                         const float* origin, double* sum, double* squares) {
  ChannelSums(x, stride, pixels, channels, origin, sum, squares);
}
void ChannelSumsForBf16(const Bf16* x, int64_t stride, int64_t pixels, int channels,
                        const float* origin, double* sum, double* squares) {
  ChannelSums(x, stride, pixels, channels, origin, sum, squares);
}
void GradientSumsForFloat(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                          int64_t pixels, int channels, const float* origin, double* sum,
                          double* product) {
  GradientSums(d, d_stride, x, x_stride, pixels, channels, origin, sum, product);
}
void GradientSumsForBf16(const Bf16* d, int64_t d_stride, const Bf16* x, int64_t x_stride,
                         int64_t pixels, int channels, const float* origin, double* sum,
                         double* product) {
  GradientSums(d, d_stride, x, x_stride, pixels, channels, origin, sum, product);
}
void ApplyForFloat(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
                   float factor, float* y, int64_t y_stride, bool accumulate) {
  Apply(x, x_stride, pixels, channels, affine, factor, y, y_stride, accumulate);
}
void ApplyForBf16(const Bf16* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
                  float factor, Bf16* y, int64_t y_stride, bool accumulate) {
  Apply(x, x_stride, pixels, channels, affine, factor, y, y_stride, accumulate);
}
void CombineForFloat(const Term<float>& a, const Term<float>& b, int64_t pixels, int channels,
                     float* y, int64_t y_stride) {
  Combine(a, b, pixels, channels, y, y_stride);
}
void CombineForBf16(const Term<Bf16>& a, const Term<Bf16>& b, int64_t pixels, int channels, Bf16* y,
                    int64_t y_stride) {
  Combine(a, b, pixels, channels, y, y_stride);
}
void NormGradientForFloat(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                          int64_t pixels, int channels, const float* a, const float* b,
                          const float* c, float* out, int64_t out_stride) {
  NormGradient(d, d_stride, x, x_stride, pixels, channels, a, b, c, out, out_stride);
}
void NormGradientForBf16(const Bf16* d, int64_t d_stride, const Bf16* x, int64_t x_stride,
                         int64_t pixels, int channels, const float* a, const float* b,
                         const float* c, Bf16* out, int64_t out_stride) {
  NormGradient(d, d_stride, x, x_stride, pixels, channels, a, b, c, out, out_stride);
}

float Dot(const float* x, const float* y, int64_t count) {
  const Tag d;
  Vector sums[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  int64_t i = 0;
  for (; i + 4 * kWidth <= count; i += 4 * kWidth)
    for (int v = 0; v < 4; ++v)
      sums[v] =
          hn::MulAdd(hn::LoadU(d, x + i + v * kWidth), hn::LoadU(d, y + i + v * kWidth), sums[v]);
  for (; i + kWidth <= count; i += kWidth)
    sums[0] = hn::MulAdd(hn::LoadU(d, x + i), hn::LoadU(d, y + i), sums[0]);
  if (i < count) {
    const Floats lanes(count - i);
    sums[1] = hn::MulAdd(lanes.load_tail(x + i), lanes.load_tail(y + i), sums[1]);
  }
  return hn::GetLane(
      hn::SumOfLanes(d, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]))));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(ClearBorder);
HWY_EXPORT(Dot);
HWY_EXPORT(ActivateForFloat);
HWY_EXPORT(ActivateForBf16);
HWY_EXPORT(ActivateForFromBf16);
HWY_EXPORT(UnpadForFloat);
HWY_EXPORT(UnpadForBf16);
HWY_EXPORT(ChannelSumsForFloat);
HWY_EXPORT(ChannelSumsForBf16);
HWY_EXPORT(GradientSumsForFloat);
HWY_EXPORT(GradientSumsForBf16);
HWY_EXPORT(ApplyForFloat);
HWY_EXPORT(ApplyForBf16);
HWY_EXPORT(CombineForFloat);
HWY_EXPORT(CombineForBf16);
HWY_EXPORT(NormGradientForFloat);
HWY_EXPORT(NormGradientForBf16);

void pad(const float* in, int64_t in_stride, int height, int width, int channels, Affine affine,
         bool relu, const Border& border, float* out, int64_t out_stride) {
  clear_border(height, width, channels, border, out, out_stride);
  const int64_t row = int64_t{width + border.left + border.right} * out_stride;
  activate(in, in_stride, height, width, channels, affine, relu,
           out + border.top * row + border.left * out_stride, out_stride, row);
}

void clear_border(int height, int width, int channels, const Border& border, float* out,
                  int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(ClearBorder)(height, width, channels, border, out, out_stride);
}

void activate(const float* in, int64_t in_stride, int height, int width, int channels,
              Affine affine, bool relu, float* out, int64_t out_stride, int64_t out_row) {
  NASNET_CHECK(lie_apart(out_stride, width, channels) &&
               lie_apart(out_row, height, (width - 1) * out_stride + channels));
  HWY_DYNAMIC_DISPATCH(ActivateForFloat)
  (in, in_stride, height, width, channels, affine, relu, out, out_stride, out_row);
}

void activate(const Bf16* in, int64_t in_stride, int height, int width, int channels, Affine affine,
              bool relu, Bf16* out, int64_t out_stride, int64_t out_row) {
  NASNET_CHECK(lie_apart(out_stride, width, channels) &&
               lie_apart(out_row, height, (width - 1) * out_stride + channels));
  HWY_DYNAMIC_DISPATCH(ActivateForBf16)
  (in, in_stride, height, width, channels, affine, relu, out, out_stride, out_row);
}

void activate(const Bf16* in, int64_t in_stride, int height, int width, int channels, Affine affine,
              bool relu, float* out, int64_t out_stride, int64_t out_row) {
  NASNET_CHECK(lie_apart(out_stride, width, channels) &&
               lie_apart(out_row, height, (width - 1) * out_stride + channels));
  HWY_DYNAMIC_DISPATCH(ActivateForFromBf16)
  (in, in_stride, height, width, channels, affine, relu, out, out_stride, out_row);
}

void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const float* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, float* gradient,
           int64_t gradient_stride, bool accumulate) {
  NASNET_CHECK(lie_apart(gradient_stride, int64_t{height} * width, channels));
  HWY_DYNAMIC_DISPATCH(UnpadForFloat)
  (d, d_stride, height, width, channels, in, in_stride, affine, relu, border, gradient,
   gradient_stride, accumulate);
}

void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const Bf16* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, Bf16* gradient,
           int64_t gradient_stride, bool accumulate) {
  NASNET_CHECK(lie_apart(gradient_stride, int64_t{height} * width, channels));
  HWY_DYNAMIC_DISPATCH(UnpadForBf16)
  (d, d_stride, height, width, channels, in, in_stride, affine, relu, border, gradient,
   gradient_stride, accumulate);
}

void channel_sums(const float* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares) {
  HWY_DYNAMIC_DISPATCH(ChannelSumsForFloat)(x, stride, pixels, channels, origin, sum, squares);
}

void channel_sums(const Bf16* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares) {
  HWY_DYNAMIC_DISPATCH(ChannelSumsForBf16)(x, stride, pixels, channels, origin, sum, squares);
}

void gradient_sums(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* origin, double* sum,
                   double* product) {
  HWY_DYNAMIC_DISPATCH(GradientSumsForFloat)
  (d, d_stride, x, x_stride, pixels, channels, origin, sum, product);
}

void gradient_sums(const Bf16* d, int64_t d_stride, const Bf16* x, int64_t x_stride, int64_t pixels,
                   int channels, const float* origin, double* sum, double* product) {
  HWY_DYNAMIC_DISPATCH(GradientSumsForBf16)
  (d, d_stride, x, x_stride, pixels, channels, origin, sum, product);
}

void apply(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, float* y, int64_t y_stride, bool accumulate) {
  NASNET_CHECK(lie_apart(y_stride, pixels, channels));
  HWY_DYNAMIC_DISPATCH(ApplyForFloat)
  (x, x_stride, pixels, channels, affine, factor, y, y_stride, accumulate);
}

void apply(const Bf16* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, Bf16* y, int64_t y_stride, bool accumulate) {
  NASNET_CHECK(lie_apart(y_stride, pixels, channels));
  HWY_DYNAMIC_DISPATCH(ApplyForBf16)
  (x, x_stride, pixels, channels, affine, factor, y, y_stride, accumulate);
}

void combine(const Term<float>& a, const Term<float>& b, int64_t pixels, int channels, float* y,
             int64_t y_stride) {
  NASNET_CHECK(lie_apart(y_stride, pixels, channels));
  HWY_DYNAMIC_DISPATCH(CombineForFloat)(a, b, pixels, channels, y, y_stride);
}

void combine(const Term<Bf16>& a, const Term<Bf16>& b, int64_t pixels, int channels, Bf16* y,
             int64_t y_stride) {
  NASNET_CHECK(lie_apart(y_stride, pixels, channels));
  HWY_DYNAMIC_DISPATCH(CombineForBf16)(a, b, pixels, channels, y, y_stride);
}

void norm_gradient(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* a, const float* b, const float* c,
                   float* out, int64_t out_stride) {
  NASNET_CHECK(lie_apart(out_stride, pixels, channels));
  HWY_DYNAMIC_DISPATCH(NormGradientForFloat)
  (d, d_stride, x, x_stride, pixels, channels, a, b, c, out, out_stride);
}

void norm_gradient(const Bf16* d, int64_t d_stride, const Bf16* x, int64_t x_stride, int64_t pixels,
                   int channels, const float* a, const float* b, const float* c, Bf16* out,
                   int64_t out_stride) {
  NASNET_CHECK(lie_apart(out_stride, pixels, channels));
  HWY_DYNAMIC_DISPATCH(NormGradientForBf16)
  (d, d_stride, x, x_stride, pixels, channels, a, b, c, out, out_stride);
}

float dot(const float* x, const float* y, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(Dot)(x, y, count);
}

}  // namespace nasnet::kernels
#endif
