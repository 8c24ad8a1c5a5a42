#include "nasnet/kernels/pool.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "nasnet/kernels/aligned.h"

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

// Windows are taken in two steps, along the rows and then across them: 2 k pixels instead of k x k.
// One vector of channels at a time, so that what lies between the steps stays in the near caches.

/// [begin, end) of something.
struct Range {
  int begin, end;
  int size() const { return end - begin; }
};

/// The pixels of a window, on one axis.
Range window(int index, int stride, int before, int kernel, int size) {
  const int begin = index * stride - before;
  return {std::max(begin, 0), std::min(begin + kernel, size)};
}

/// The windows that hold a pixel, on one axis.
Range windows_of(int pixel, int stride, int before, int kernel, int count) {
  const int least = pixel + before - kernel + 1;
  return {least <= 0 ? 0 : (least + stride - 1) / stride,
          std::min((pixel + before) / stride + 1, count)};
}

Range rows_of(const PoolShape& shape, int r) {
  return window(r, shape.stride, shape.top, shape.kernel, shape.height);
}
Range columns_of(const PoolShape& shape, int c) {
  return window(c, shape.stride, shape.left, shape.kernel, shape.width);
}

/// Memory between the steps: `count` maps of height x out_width vectors.
class Between {
 public:
  Between(const PoolShape& shape, int count) : width_(shape.out_width) {
    size_ = static_cast<size_t>(shape.height) * static_cast<size_t>(width_) * kWidth;
    static thread_local AlignedFloats memory;
    if (memory.size() < size_ * static_cast<size_t>(count))
      memory.resize(size_ * static_cast<size_t>(count));
    memory_ = memory.data();
  }
  HWY_INLINE float* at(int map, int row, int column) const {
    return memory_ + static_cast<size_t>(map) * size_ + (int64_t{row} * width_ + column) * kWidth;
  }

 private:
  int width_;
  size_t size_;
  float* memory_;
};

float divisor(const PoolShape& shape, const Range& rows, const Range& columns) {
  return static_cast<float>(shape.zeros ? shape.kernel * shape.kernel
                                        : rows.size() * columns.size());
}

template <bool kTail>
void average_channels(const float* in, int64_t in_stride, const PoolShape& shape,
                      const Floats& lanes, const Between& between, float* out, int64_t out_stride) {
  for (int y = 0; y < shape.height; ++y)
    for (int c = 0; c < shape.out_width; ++c) {
      const Range columns = columns_of(shape, c);
      Vector sum = hn::Zero(Tag());
      for (int x = columns.begin; x < columns.end; ++x)
        sum = hn::Add(sum, load<kTail>(lanes, in + (int64_t{y} * shape.width + x) * in_stride));
      hn::Store(sum, Tag(), between.at(0, y, c));
    }
  for (int r = 0; r < shape.out_height; ++r) {
    const Range rows = rows_of(shape, r);
    for (int c = 0; c < shape.out_width; ++c) {
      Vector sum = hn::Zero(Tag());
      for (int y = rows.begin; y < rows.end; ++y)
        sum = hn::Add(sum, hn::Load(Tag(), between.at(0, y, c)));
      const Vector size = hn::Set(Tag(), divisor(shape, rows, columns_of(shape, c)));
      store<kTail>(lanes, hn::Div(sum, size),
                   out + (int64_t{r} * shape.out_width + c) * out_stride);
    }
  }
}

void AveragePool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                 int64_t out_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    average_channels<decltype(tail)::value>(in + channel, in_stride, shape, lanes, between,
                                            out + channel, out_stride);
  });
}

/// gradient += part(y, x, c) for the windows c, along its row, that hold each pixel.
template <bool kTail, class Part>
HWY_INLINE void add_windows(const PoolShape& shape, const Floats& lanes, float* gradient,
                            int64_t gradient_stride, Part part) {
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x) {
      const Range columns = windows_of(x, shape.stride, shape.left, shape.kernel, shape.out_width);
      float* place = gradient + (int64_t{y} * shape.width + x) * gradient_stride;
      Vector sum = load<kTail>(lanes, place);
      for (int c = columns.begin; c < columns.end; ++c) sum = hn::Add(sum, part(y, x, c));
      store<kTail>(lanes, sum, place);
    }
}

template <bool kTail>
void average_gradient_channels(const float* d, int64_t d_stride, const PoolShape& shape,
                               const Floats& lanes, const Between& between, float* gradient,
                               int64_t gradient_stride) {
  for (int y = 0; y < shape.height; ++y) {
    const Range rows = windows_of(y, shape.stride, shape.top, shape.kernel, shape.out_height);
    for (int c = 0; c < shape.out_width; ++c) {
      const Range columns = columns_of(shape, c);
      Vector sum = hn::Zero(Tag());
      for (int r = rows.begin; r < rows.end; ++r) {
        const Vector above = load<kTail>(lanes, d + (int64_t{r} * shape.out_width + c) * d_stride);
        const float share = 1.0f / divisor(shape, rows_of(shape, r), columns);
        sum = hn::MulAdd(above, hn::Set(Tag(), share), sum);
      }
      hn::Store(sum, Tag(), between.at(0, y, c));
    }
  }
  add_windows<kTail>(shape, lanes, gradient, gradient_stride, [&](int y, int, int c) HWY_ATTR {
    return hn::Load(Tag(), between.at(0, y, c));
  });
}

void AveragePoolGradient(const float* d, int64_t d_stride, const PoolShape& shape, float* gradient,
                         int64_t gradient_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    average_gradient_channels<decltype(tail)::value>(d + channel, d_stride, shape, lanes, between,
                                                     gradient + channel, gradient_stride);
  });
}

/// Map 0: the largest of each row's part of a window; map 1: the column that holds it first, as a
/// float.
template <bool kTail, bool kPlaces>
HWY_INLINE void row_maxima(const float* in, int64_t in_stride, const PoolShape& shape,
                           const Floats& lanes, const Between& between) {
  const Vector lowest = hn::Set(Tag(), -std::numeric_limits<float>::infinity());
  for (int y = 0; y < shape.height; ++y)
    for (int c = 0; c < shape.out_width; ++c) {
      const Range columns = columns_of(shape, c);
      Vector largest = lowest, place = hn::Set(Tag(), -1.0f);
      for (int x = columns.begin; x < columns.end; ++x) {
        const Vector value = load<kTail>(lanes, in + (int64_t{y} * shape.width + x) * in_stride);
        const auto larger = hn::Gt(value, largest);
        largest = hn::IfThenElse(larger, value, largest);
        if (kPlaces) place = hn::IfThenElse(larger, hn::Set(Tag(), static_cast<float>(x)), place);
      }
      hn::Store(largest, Tag(), between.at(0, y, c));
      if (kPlaces) hn::Store(place, Tag(), between.at(1, y, c));
    }
}

/// The largest of a window from its rows' maxima, and the first row that holds it: -1 for none,
/// where the zeros around the image are larger.
HWY_INLINE Vector window_maximum(const PoolShape& shape, const Between& between, int r, int c,
                                 Vector& place) {
  const Range rows = rows_of(shape, r);
  const bool clipped = rows.size() * columns_of(shape, c).size() < shape.kernel * shape.kernel;
  Vector largest =
      hn::Set(Tag(), shape.zeros && clipped ? 0.0f : -std::numeric_limits<float>::infinity());
  place = hn::Set(Tag(), -1.0f);
  for (int y = rows.begin; y < rows.end; ++y) {
    const Vector value = hn::Load(Tag(), between.at(0, y, c));
    const auto larger = hn::Gt(value, largest);
    largest = hn::IfThenElse(larger, value, largest);
    place = hn::IfThenElse(larger, hn::Set(Tag(), static_cast<float>(y)), place);
  }
  return largest;
}

template <bool kTail>
void max_channels(const float* in, int64_t in_stride, const PoolShape& shape, const Floats& lanes,
                  const Between& between, float* out, int64_t out_stride) {
  row_maxima<kTail, false>(in, in_stride, shape, lanes, between);
  for (int r = 0; r < shape.out_height; ++r)
    for (int c = 0; c < shape.out_width; ++c) {
      Vector unused;
      store<kTail>(lanes, window_maximum(shape, between, r, c, unused),
                   out + (int64_t{r} * shape.out_width + c) * out_stride);
    }
}

void MaxPool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
             int64_t out_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 1);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    max_channels<decltype(tail)::value>(in + channel, in_stride, shape, lanes, between,
                                        out + channel, out_stride);
  });
}

template <bool kTail>
void max_gradient_channels(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                           const PoolShape& shape, const Floats& lanes, const Between& between,
                           float* gradient, int64_t gradient_stride) {
  row_maxima<kTail, true>(in, in_stride, shape, lanes, between);
  // Map 2: d, given to the row of its window that holds the maximum.
  std::fill_n(between.at(2, 0, 0), int64_t{shape.height} * shape.out_width * kWidth, 0.0f);
  for (int r = 0; r < shape.out_height; ++r) {
    const Range rows = rows_of(shape, r);
    for (int c = 0; c < shape.out_width; ++c) {
      Vector place;
      window_maximum(shape, between, r, c, place);
      const Vector above = load<kTail>(lanes, d + (int64_t{r} * shape.out_width + c) * d_stride);
      for (int y = rows.begin; y < rows.end; ++y) {
        float* target = between.at(2, y, c);
        const auto mine = hn::Eq(place, hn::Set(Tag(), static_cast<float>(y)));
        hn::Store(hn::Add(hn::Load(Tag(), target), hn::IfThenElseZero(mine, above)), Tag(), target);
      }
    }
  }
  add_windows<kTail>(shape, lanes, gradient, gradient_stride, [&](int y, int x, int c) HWY_ATTR {
    const auto mine =
        hn::Eq(hn::Load(Tag(), between.at(1, y, c)), hn::Set(Tag(), static_cast<float>(x)));
    return hn::IfThenElseZero(mine, hn::Load(Tag(), between.at(2, y, c)));
  });
}

void MaxPoolGradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                     const PoolShape& shape, float* gradient, int64_t gradient_stride) {
  const Floats lanes(shape.channels);
  const Between between(shape, 3);
  for_vectors(shape.channels, [&](auto tail, int channel) HWY_ATTR {
    max_gradient_channels<decltype(tail)::value>(in + channel, in_stride, d + channel, d_stride,
                                                 shape, lanes, between, gradient + channel,
                                                 gradient_stride);
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
