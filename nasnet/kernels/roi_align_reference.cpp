// RoIAlign sample by sample, each between four pixels; and the pooling that it came from.

#include <algorithm>
#include <array>
#include <cmath>

#include "nasnet/kernels/roi_align.h"

namespace nasnet::kernels::reference {
namespace {

/// The two pixels along an axis between which a sample lies, and their weights.
template <class T>
struct Between {
  std::array<int, 2> pixel;
  std::array<T, 2> weight;
  bool outside;
};

/// A sample beyond the outer pixels' centres (`corners`), or over a pixel beyond the map, is 0.
template <class T>
Between<T> between(T place, int size, bool corners) {
  const T least = corners ? 0 : -1, most = corners ? size - 1 : size;
  if (place < least || place > most) return {{}, {}, true};
  place = std::max(place, T(0));
  const int low = std::min(static_cast<int>(place), size - 1);
  if (low == size - 1) return {{low, low}, {1, 0}, false};
  return {{low, low + 1}, {1 - (place - low), place - low}, false};
}

/// The bins of a box along an axis, or the samples that stand for them.
template <class T>
struct Bins {
  T begin, extent;
  int bins, samples;
  bool corners;

  Bins(T low, T high, int count, float scale, const RoiAlignShape& shape)
      : bins(count), corners(shape.corners) {
    const T offset = shape.aligned && !corners ? T(0.5) : T(0);
    begin = low * scale - offset;
    extent = high * scale - offset - begin;
    if (!shape.aligned && !corners) extent = std::max(extent, T(1));
    samples = shape.samples > 0 ? shape.samples : static_cast<int>(std::ceil(extent / bins));
    if (corners) samples = 1;
  }
  T place(int bin, int sample) const {
    if (corners) return begin + (bins > 1 ? bin * extent / (bins - 1) : extent / 2);
    return begin + bin * (extent / bins) + (sample + T(0.5)) * (extent / bins) / samples;
  }
};

/// Calls take(bin, pixel of the map, weight) for all that a bin's mean is made of.
template <class T, class Take>
void for_each_weight(const RoiAlignShape& shape, const RoiOf<T>& roi, Take take) {
  const Bins<T> rows(roi.y0, roi.y1, shape.out_height, shape.scale_y, shape);
  const Bins<T> columns(roi.x0, roi.x1, shape.out_width, shape.scale_x, shape);
  const T count = static_cast<T>(std::max(rows.samples * columns.samples, 1));
  for (int i = 0; i < shape.out_height; ++i)
    for (int j = 0; j < shape.out_width; ++j)
      for (int a = 0; a < rows.samples; ++a)
        for (int b = 0; b < columns.samples; ++b) {
          const Between<T> y = between(rows.place(i, a), shape.height, shape.corners);
          const Between<T> x = between(columns.place(j, b), shape.width, shape.corners);
          if (y.outside || x.outside) continue;
          for (size_t k = 0; k < 2; ++k)
            for (size_t l = 0; l < 2; ++l)
              take(int64_t{i} * shape.out_width + j, int64_t{y.pixel[k]} * shape.width + x.pixel[l],
                   y.weight[k] * x.weight[l] / count);
        }
}

/// The pixels of the map along an axis that a bin reaches over.
struct PoolRange {
  int begin, end;
};
PoolRange pool_range(int bin, int bins, float low, float high, float scale, int size) {
  const double begin = std::round(double{low} * scale), end = std::round(double{high} * scale);
  const double extent = std::max(end - begin + 1, 1.0) / bins;
  const auto pixel = [&](double place) {
    return static_cast<int>(std::clamp(place + begin, 0.0, static_cast<double>(size)));
  };
  return {pixel(std::floor(bin * extent)), pixel(std::ceil((bin + 1) * extent))};
}

/// Calls take(bin, pixel, channel) for the largest value of each that has one.
template <class T, class Take>
void for_each_maximum(Pixels<const T> map, const RoiAlignShape& shape, const RoiOf<T>& roi,
                      Take take) {
  for (int i = 0; i < shape.out_height; ++i)
    for (int j = 0; j < shape.out_width; ++j) {
      const PoolRange rows =
          pool_range(i, shape.out_height, roi.y0, roi.y1, shape.scale_y, shape.height);
      const PoolRange columns =
          pool_range(j, shape.out_width, roi.x0, roi.x1, shape.scale_x, shape.width);
      for (int c = 0; c < shape.channels; ++c) {
        int64_t best = -1;
        for (int y = rows.begin; y < rows.end; ++y)
          for (int x = columns.begin; x < columns.end; ++x) {
            const int64_t pixel = int64_t{y} * shape.width + x;
            if (best < 0 || map.from_pixel(pixel).data[c] > map.from_pixel(best).data[c])
              best = pixel;
          }
        if (best >= 0) take(int64_t{i} * shape.out_width + j, best, c);
      }
    }
}

template <class T>
void clear(const RoiAlignShape& shape, Pixels<T> out) {
  for (int64_t bin = 0; bin < shape.result().pixels(); ++bin)
    std::fill_n(out.from_pixel(bin).data, shape.channels, T(0));
}

}  // namespace

template <class T>
void roi_align(Pixels<const T> map, const RoiAlignShape& shape, const RoiOf<T>& roi,
               Pixels<T> out) {
  clear(shape, out);
  for_each_weight<T>(shape, roi, [&](int64_t bin, int64_t pixel, T weight) {
    for (int c = 0; c < shape.channels; ++c)
      out.from_pixel(bin).data[c] += weight * map.from_pixel(pixel).data[c];
  });
}

template <class T>
void roi_align_gradient(Pixels<const T> d, const RoiAlignShape& shape, const RoiOf<T>& roi,
                        Pixels<T> gradient) {
  for_each_weight<T>(shape, roi, [&](int64_t bin, int64_t pixel, T weight) {
    for (int c = 0; c < shape.channels; ++c)
      gradient.from_pixel(pixel).data[c] += weight * d.from_pixel(bin).data[c];
  });
}

template <class T>
void roi_pool(Pixels<const T> map, const RoiAlignShape& shape, const RoiOf<T>& roi, Pixels<T> out) {
  clear(shape, out);
  for_each_maximum(map, shape, roi, [&](int64_t bin, int64_t pixel, int c) {
    out.from_pixel(bin).data[c] = map.from_pixel(pixel).data[c];
  });
}

template <class T>
void roi_pool_gradient(Pixels<const T> d, Pixels<const T> map, const RoiAlignShape& shape,
                       const RoiOf<T>& roi, Pixels<T> gradient) {
  for_each_maximum(map, shape, roi, [&](int64_t bin, int64_t pixel, int c) {
    gradient.from_pixel(pixel).data[c] += d.from_pixel(bin).data[c];
  });
}

template void roi_align(Pixels<const float>, const RoiAlignShape&, const Roi&, Pixels<float>);
template void roi_align(Pixels<const double>, const RoiAlignShape&, const RoiOf<double>&,
                        Pixels<double>);
template void roi_align_gradient(Pixels<const float>, const RoiAlignShape&, const Roi&,
                                 Pixels<float>);
template void roi_align_gradient(Pixels<const double>, const RoiAlignShape&, const RoiOf<double>&,
                                 Pixels<double>);
template void roi_pool(Pixels<const float>, const RoiAlignShape&, const Roi&, Pixels<float>);
template void roi_pool_gradient(Pixels<const float>, Pixels<const float>, const RoiAlignShape&,
                                const Roi&, Pixels<float>);

}  // namespace nasnet::kernels::reference
