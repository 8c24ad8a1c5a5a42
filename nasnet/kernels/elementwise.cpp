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

  HWY_INLINE Vector load(const float* place, int v) const {
    return kTail && v == kVectors - 1 ? lanes.load_tail(place + v * kWidth)
                                      : hn::LoadU(Tag(), place + v * kWidth);
  }
  HWY_INLINE void store(Vector value, float* place, int v) const {
    if (kTail && v == kVectors - 1) {
      lanes.store_tail(value, place + v * kWidth);
    } else {
      hn::StoreU(value, Tag(), place + v * kWidth);
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

void Activate(const float* in, int64_t in_stride, int height, int width, int channels,
              Affine affine, bool relu, float* out, int64_t out_stride, int64_t out_row) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(affine, first);
    const Vector zero = hn::Zero(Tag());
    for (int y = 0; y < height; ++y) {
      const float* source = in + int64_t{y} * width * in_stride + first;
      float* result = out + y * out_row + first;
      for (int x = 0; x < width; ++x, source += in_stride, result += out_stride)
        for (int v = 0; v < kVectors; ++v) {
          Vector value = transform(block.load(source, v), v);
          if (relu) value = hn::Max(value, zero);
          block.store(value, result, v);
        }
    }
  });
}

void Unpad(const float* d, int64_t d_stride, int height, int width, int channels, const float* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, float* gradient,
           int64_t gradient_stride, bool accumulate) {
  const int64_t full = width + border.left + border.right;
  const float* inside = d + (border.top * full + border.left) * d_stride;
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(affine, first);
    const Vector zero = hn::Zero(Tag());
    for (int y = 0; y < height; ++y) {
      const float* above = inside + y * full * d_stride + first;
      const float* source = in + int64_t{y} * width * in_stride + first;
      float* result = gradient + int64_t{y} * width * gradient_stride + first;
      for (int x = 0; x < width;
           ++x, above += d_stride, source += in_stride, result += gradient_stride)
        for (int v = 0; v < kVectors; ++v) {
          Vector value = block.load(above, v);
          if (relu)
            value = hn::IfThenElseZero(hn::Gt(transform(block.load(source, v), v), zero), value);
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

void ChannelSums(const float* x, int64_t stride, int64_t pixels, int channels, const float* origin,
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

void GradientSums(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                  int64_t pixels, int channels, const float* origin, double* sum, double* product) {
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

void Apply(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, float* y, int64_t y_stride, bool accumulate) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> transform(affine, first);
    const Vector scale = hn::Set(Tag(), factor);
    const float* source = x + first;
    float* result = y + first;
    for (int64_t p = 0; p < pixels; ++p, source += x_stride, result += y_stride)
      for (int v = 0; v < kVectors; ++v) {
        Vector value = hn::Mul(transform(block.load(source, v), v), scale);
        if (accumulate) value = hn::Add(value, block.load(result, v));
        block.store(value, result, v);
      }
  });
}

void Combine(const Term<float>& a, const Term<float>& b, int64_t pixels, int channels, float* y,
             int64_t y_stride) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    const BlockAffine<kVectors> of_a(a.affine, first), of_b(b.affine, first);
    const Vector factor_a = hn::Set(Tag(), a.factor), factor_b = hn::Set(Tag(), b.factor);
    const float* source_a = a.x + first;
    const float* source_b = b.x + first;
    float* result = y + first;
    for (int64_t p = 0; p < pixels;
         ++p, source_a += a.stride, source_b += b.stride, result += y_stride)
      for (int v = 0; v < kVectors; ++v)
        block.store(hn::MulAdd(of_a(block.load(source_a, v), v), factor_a,
                               hn::Mul(of_b(block.load(source_b, v), v), factor_b)),
                    result, v);
  });
}

void NormGradient(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                  int64_t pixels, int channels, const float* a, const float* b, const float* c,
                  float* out, int64_t out_stride) {
  for_blocks(channels, [&](auto block, int first) HWY_ATTR {
    constexpr int kVectors = decltype(block)::kCount;
    Vector of_d[kVectors], of_x[kVectors], constant[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      of_d[v] = hn::LoadU(Tag(), a + first + v * kWidth);
      of_x[v] = hn::LoadU(Tag(), b + first + v * kWidth);
      constant[v] = hn::LoadU(Tag(), c + first + v * kWidth);
    }
    const float* above = d + first;
    const float* source = x + first;
    float* result = out + first;
    for (int64_t p = 0; p < pixels;
         ++p, above += d_stride, source += x_stride, result += out_stride)
      for (int v = 0; v < kVectors; ++v)
        block.store(hn::MulAdd(of_d[v], block.load(above, v),
                               hn::MulAdd(of_x[v], block.load(source, v), constant[v])),
                    result, v);
  });
}

float Dot(const float* x, const float* y, int64_t count) {
  const Tag d;
  Vector sums[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  int64_t i = 0;
  for (; i + 4 * kWidth <= count; i += 4 * kWidth)
    for (int v = 0; v < 4; ++v)
      sums[v] = hn::MulAdd(hn::LoadU(d, x + i + v * kWidth), hn::LoadU(d, y + i + v * kWidth),
                           sums[v]);
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
HWY_EXPORT(Activate);
HWY_EXPORT(Combine);
HWY_EXPORT(Unpad);
HWY_EXPORT(ChannelSums);
HWY_EXPORT(GradientSums);
HWY_EXPORT(Apply);
HWY_EXPORT(NormGradient);
HWY_EXPORT(Dot);

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
  HWY_DYNAMIC_DISPATCH(Activate)
  (in, in_stride, height, width, channels, affine, relu, out, out_stride, out_row);
}

void combine(const Term<float>& a, const Term<float>& b, int64_t pixels, int channels, float* y,
             int64_t y_stride) {
  HWY_DYNAMIC_DISPATCH(Combine)(a, b, pixels, channels, y, y_stride);
}

void unpad(const float* d, int64_t d_stride, int height, int width, int channels, const float* in,
           int64_t in_stride, Affine affine, bool relu, const Border& border, float* gradient,
           int64_t gradient_stride, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(Unpad)
  (d, d_stride, height, width, channels, in, in_stride, affine, relu, border, gradient,
   gradient_stride, accumulate);
}

void channel_sums(const float* x, int64_t stride, int64_t pixels, int channels, const float* origin,
                  double* sum, double* squares) {
  HWY_DYNAMIC_DISPATCH(ChannelSums)(x, stride, pixels, channels, origin, sum, squares);
}

void apply(const float* x, int64_t x_stride, int64_t pixels, int channels, Affine affine,
           float factor, float* y, int64_t y_stride, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(Apply)
  (x, x_stride, pixels, channels, affine, factor, y, y_stride, accumulate);
}

void gradient_sums(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* origin, double* sum,
                   double* product) {
  HWY_DYNAMIC_DISPATCH(GradientSums)
  (d, d_stride, x, x_stride, pixels, channels, origin, sum, product);
}

void norm_gradient(const float* d, int64_t d_stride, const float* x, int64_t x_stride,
                   int64_t pixels, int channels, const float* a, const float* b, const float* c,
                   float* out, int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(NormGradient)
  (d, d_stride, x, x_stride, pixels, channels, a, b, c, out, out_stride);
}

float dot(const float* x, const float* y, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(Dot)(x, y, count);
}

}  // namespace nasnet::kernels
#endif
