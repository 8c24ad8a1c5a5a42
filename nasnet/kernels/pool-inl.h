// Windows of pools. Included once for each target, as vectors-inl.h is.

#if defined(NASNET_KERNELS_POOL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NASNET_KERNELS_POOL_INL
#undef NASNET_KERNELS_POOL_INL
#else
#define NASNET_KERNELS_POOL_INL
#endif

#include <algorithm>
#include <iterator>
#include <vector>

#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/pool.h"
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

/// The windows along both axes, reckoned once a call. Plain arrays: what vectors are stored to
/// might be anything, and would be loaded again after every store.
class Windows {
 public:
  explicit Windows(const PoolShape& shape) {
    static thread_local std::vector<Range> ranges;
    static thread_local std::vector<float> shares;
    ranges.resize(shape.height + shape.width + shape.out_height + shape.out_width);
    rows_of_window = ranges.data();
    columns_of_window = rows_of_window + shape.out_height;
    windows_of_row = columns_of_window + shape.out_width;
    windows_of_column = windows_of_row + shape.height;
    set(shape, shape.height, shape.out_height, shape.top, rows_of_window, windows_of_row);
    set(shape, shape.width, shape.out_width, shape.left, columns_of_window, windows_of_column);
    const int whole = shape.kernel * shape.kernel;
    shares.resize(whole + 1);
    share_ = shares.data();
    for (int n = 1; n <= whole; ++n) share_[n] = 1.0f / static_cast<float>(shape.zeros ? whole : n);
  }

  Range* rows_of_window;
  Range* columns_of_window;
  Range* windows_of_row;     ///< that hold it
  Range* windows_of_column;  ///< that hold it

  /// The weight of each pixel of a window.
  HWY_INLINE Vector share(const Range& rows, const Range& columns) const {
    NASNET_DCHECK(rows.size() > 0 && columns.size() > 0, "a window has a pixel of the image");
    return hn::Set(Tag(), share_[rows.size() * columns.size()]);
  }

 private:
  static void set(const PoolShape& shape, int size, int count, int before, Range* in, Range* of) {
    std::fill_n(of, size, Range{0, 0});
    for (int k = 0; k < count; ++k) {
      const int begin = k * shape.stride - before;
      in[k] = {std::max(begin, 0), std::min(begin + shape.kernel, size)};
      for (int x = in[k].begin; x < in[k].end; ++x)
        of[x] = {of[x].size() == 0 ? k : of[x].begin, k + 1};
    }
  }
  float* share_;  // by the pixels of the image that a window holds
};

/// Scale and shift of a vector of channels; one and zero for none, which change nothing.
struct VectorAffine {
  Vector scale, shift;

  VectorAffine(const Affine& affine, int64_t channel)
      : scale(affine ? hn::LoadU(Tag(), affine.scale + channel) : hn::Set(Tag(), 1.0f)),
        shift(affine ? hn::LoadU(Tag(), affine.shift + channel) : hn::Zero(Tag())) {}
  HWY_INLINE Vector operator()(Vector x) const { return hn::MulAdd(x, scale, shift); }
  /// The sum of `count` values from the sum of what they are made of.
  HWY_INLINE Vector of_sum(Vector sum, int count) const {
    return hn::MulAdd(sum, scale, hn::Mul(shift, hn::Set(Tag(), static_cast<float>(count))));
  }
};

/// The sum of values(begin) to values(end - 1); three, the usual window, have no loop.
template <class Values>
HWY_INLINE Vector sum_range(const Range& range, Values values) {
  if (range.size() == 3)
    return hn::Add(hn::Add(values(range.begin), values(range.begin + 1)), values(range.begin + 2));
  Vector sum = hn::Zero(Tag());
  for (int k = range.begin; k < range.end; ++k) sum = hn::Add(sum, values(k));
  return sum;
}

/// Memory between the steps: `count` maps of height x out_width vectors.
class Between {
 public:
  Between(const PoolShape& shape, int count)
      : width_(shape.out_width), size_(int64_t{shape.height} * shape.out_width * kWidth) {
    static thread_local AlignedFloats memory;
    if (std::ssize(memory) < size_ * count) memory.resize(size_ * count);
    memory_ = memory.data();
  }
  HWY_INLINE float* at(int map, int row, int column) const {
    NASNET_DCHECK(column >= 0 && column < width_ &&
                  (int64_t{row} * width_ + column) * kWidth < size_);
    return memory_ + map * size_ + (int64_t{row} * width_ + column) * kWidth;
  }

 private:
  int width_;
  int64_t size_;
  float* memory_;
};

/// gradient += part(y, x, c) for the windows c, along its row, that hold each pixel.
template <bool kTail, class T, class Part>
HWY_INLINE void add_windows(const PoolShape& shape, Windows windows, const Floats& lanes,
                            Pixels<T> into, Part part) {
  const int height = shape.height, width = shape.width;
  const int64_t stride = into.stride;
  T* gradient = into.data;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x, gradient += stride) {
      const Vector sum =
          sum_range(windows.windows_of_column[x], [&](int c) HWY_ATTR { return part(y, x, c); });
      store<kTail>(lanes, hn::Add(sum, load<kTail>(lanes, gradient)), gradient);
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {
namespace {

/// `written`: the map that a pool writes, of that size.
template <class T>
void check_pool(const PoolShape& shape, const Pixels<T>& written, const Size& size) {
  NASNET_CHECK(shape.channels > 0 && shape.kernel > 0 && shape.stride > 0);
  NASNET_CHECK(shape.top < shape.kernel && shape.left < shape.kernel &&
                   (shape.out_height - 1) * shape.stride - shape.top < shape.height &&
                   (shape.out_width - 1) * shape.stride - shape.left < shape.width,
               "every window has a pixel of the image");
  NASNET_CHECK(is_gapless(written, size) && lie_apart(written, size));
}

}  // namespace
}  // namespace nasnet::kernels
#endif

#endif  // NASNET_KERNELS_POOL_INL
