#include "nasnet/kernels/roi_align.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

// A box is first made a list of taps for each bin, pixels with their weights, which is the same for
// all channels; then the taps are gathered or scattered over vectors of channels. The code of the
// lists is compiled once, and only the rest for each target.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/roi_align.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

#ifndef NASNET_KERNELS_ROI_TAPS
#define NASNET_KERNELS_ROI_TAPS
namespace nasnet::kernels {

/// A pixel and its share of a bin's mean.
struct RoiTap {
  int64_t pixel;
  float weight;
};

/// Pixels that a bin covers, rounded up: none of a box that is turned around or no number, and no
/// more than any map has of one that has run away.
inline int pixels_of(float bin) {
  constexpr float kMost = 1 << 14;
  return bin > 0 ? static_cast<int>(std::min(std::ceil(bin), kMost)) : 0;
}

/// Along one axis: where bin k's samples lie on the map.
struct RoiAxis {
  float begin, bin;   // of the first bin, and from one to the next
  float first, step;  // of a bin's samples
  int samples;
  float least, most;  // samples beyond are 0

  RoiAxis(float low, float high, int bins, int size, float scale, const RoiAlignShape& shape) {
    begin = low * scale;
    float extent = high * scale - begin;
    if (shape.corners) {
      bin = bins > 1 ? extent / static_cast<float>(bins - 1) : 0.0f;
      first = bins > 1 ? 0.0f : 0.5f * extent;
      step = 0;
      samples = 1;
      least = 0;
      most = static_cast<float>(size - 1);
      return;
    }
    if (shape.aligned) begin -= 0.5f;
    // Before detectron2 boxes were never smaller than a pixel of the map.
    if (!shape.aligned) extent = std::max(extent, 1.0f);
    bin = extent / static_cast<float>(bins);
    samples = shape.samples > 0 ? shape.samples : pixels_of(bin);
    step = samples > 0 ? bin / static_cast<float>(samples) : 0.0f;
    // Samples stand in the middle of their parts of the bin.
    first = 0.5f * step;
    least = -1;
    most = static_cast<float>(size);
  }
};

/// The pixels of each bin along one axis. A bin's mean is separable: a pixel's share is that of its
/// row times that of its column, however many samples lie between.
class AxisTaps {
 public:
  void set(const RoiAxis& axis, int bins, int size) {
    taps_.clear();
    ends_.clear();
    const float share = axis.samples > 0 ? 1.0f / static_cast<float>(axis.samples) : 0.0f;
    for (int bin = 0; bin < bins; ++bin) {
      const size_t start = taps_.size();
      const float begin = axis.begin + static_cast<float>(bin) * axis.bin + axis.first;
      for (int k = 0; k < axis.samples; ++k) {
        const float place = begin + static_cast<float>(k) * axis.step;
        if (place >= axis.least && place <= axis.most) add_sample(place, size, share, start);
      }
      ends_.push_back(taps_.size());
    }
  }

  std::span<const RoiTap> of_bin(int bin) const {
    const size_t first = bin == 0 ? 0 : ends_[bin - 1];
    return std::span(taps_).subspan(first, ends_[bin] - first);
  }

 private:
  /// A sample lies between two pixels, and is shared out among them by its distance.
  void add_sample(float place, int size, float share, size_t first) {
    place = std::max(place, 0.0f);
    const int low = std::min(static_cast<int>(place), size - 1);
    const float above = low == size - 1 ? 0.0f : place - static_cast<float>(low);
    add(low, (1.0f - above) * share, first);
    if (above > 0) add(low + 1, above * share, first);
  }
  /// Samples of a bin often lie between the same pixels.
  void add(int pixel, float weight, size_t first) {
    for (size_t k = taps_.size(); k > first && k + 2 > taps_.size(); --k)
      if (taps_[k - 1].pixel == pixel) {
        taps_[k - 1].weight += weight;
        return;
      }
    taps_.push_back({pixel, weight});
  }

  std::vector<RoiTap> taps_;
  std::vector<size_t> ends_;
};

/// Calls take(bin, its pixels of the map).
template <class Take>
void for_each_bin(const RoiAlignShape& shape, const Roi& roi, Take take) {
  // Kept from box to box: their memory grows to the largest one and no further.
  static thread_local AxisTaps rows, columns;
  static thread_local std::vector<RoiTap> taps;
  rows.set({roi.y0, roi.y1, shape.out_height, shape.height, shape.scale_y, shape}, shape.out_height,
           shape.height);
  columns.set({roi.x0, roi.x1, shape.out_width, shape.width, shape.scale_x, shape}, shape.out_width,
              shape.width);
  for (int i = 0; i < shape.out_height; ++i)
    for (int j = 0; j < shape.out_width; ++j) {
      taps.clear();
      for (const RoiTap& row : rows.of_bin(i))
        for (const RoiTap& column : columns.of_bin(j))
          taps.push_back({row.pixel * shape.width + column.pixel, row.weight * column.weight});
      take(int64_t{i} * shape.out_width + j, std::span<const RoiTap>(taps));
    }
}

}  // namespace nasnet::kernels
#endif  // NASNET_KERNELS_ROI_TAPS

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Of kVectors vectors of channels, the last of which may be a tail.
template <int kVectors, bool kTail>
HWY_INLINE void gather(const float* map, int64_t stride, std::span<const RoiTap> taps,
                       const Floats& lanes, float* out) {
  Vector sums[kVectors];
  NASNET_UNROLL
  for (int v = 0; v < kVectors; ++v) sums[v] = hn::Zero(Tag());
  for (const RoiTap& tap : taps) {
    const Vector weight = hn::Set(Tag(), tap.weight);
    const float* pixel = map + tap.pixel * stride;
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const Vector value = kTail && v == kVectors - 1 ? lanes.load_tail(pixel + v * kWidth)
                                                      : load_whole(pixel + v * kWidth);
      sums[v] = hn::MulAdd(weight, value, sums[v]);
    }
  }
  NASNET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    if (kTail && v == kVectors - 1) {
      lanes.store_tail(sums[v], out + v * kWidth);
    } else {
      store_whole(sums[v], out + v * kWidth);
    }
  }
}

template <bool kTail>
HWY_INLINE void gather_block(int vectors, const float* map, int64_t stride,
                             std::span<const RoiTap> taps, const Floats& lanes, float* out) {
  if (vectors == 1) return gather<1, kTail>(map, stride, taps, lanes, out);
  if (vectors == 2) return gather<2, kTail>(map, stride, taps, lanes, out);
  gather<3, kTail>(map, stride, taps, lanes, out);
}

void Align(Pixels<const float> map, const RoiAlignShape& shape, const Roi& roi, Pixels<float> out) {
  const Floats lanes(shape.channels);
  for_each_bin(shape, roi, [&](int64_t bin, std::span<const RoiTap> taps) HWY_ATTR {
    float* result = out.from_pixel(bin).data;
    for (const ColumnBlock block : column_blocks(shape.channels)) {
      if (block.tail) {
        gather_block<true>(block.vectors, map.data + block.first, map.stride, taps, lanes,
                           result + block.first);
      } else {
        gather_block<false>(block.vectors, map.data + block.first, map.stride, taps, lanes,
                            result + block.first);
      }
    }
  });
}

/// Adds to the map, so that boxes that overlap must not be done at once on the same channels.
void AlignGradient(Pixels<const float> d, const RoiAlignShape& shape, const Roi& roi,
                   Pixels<float> gradient) {
  const Floats lanes(shape.channels);
  for_each_bin(shape, roi, [&](int64_t bin, std::span<const RoiTap> taps) HWY_ATTR {
    const float* above = d.from_pixel(bin).data;
    for_vectors(shape.channels, [&](auto tail, int64_t channel) HWY_ATTR {
      constexpr bool kTail = decltype(tail)::value;
      const Vector value = load<kTail>(lanes, above + channel);
      for (const RoiTap& tap : taps) {
        float* place = gradient.from_pixel(tap.pixel).data + channel;
        store<kTail>(
            lanes, hn::MulAdd(hn::Set(Tag(), tap.weight), value, load<kTail>(lanes, place)), place);
      }
    });
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Align);
HWY_EXPORT(AlignGradient);

namespace {

/// `map` and `bins`: of the map's size, and of the result's.
template <class A, class B>
void check(const RoiAlignShape& shape, const Pixels<A>& map, const Pixels<B>& bins) {
  NASNET_CHECK(shape.channels > 0 && shape.height > 0 && shape.width > 0);
  NASNET_CHECK(shape.out_height > 0 && shape.out_width > 0 && shape.samples >= 0);
  NASNET_CHECK(is_gapless(map, shape.image()) && lie_apart(map, shape.image()));
  NASNET_CHECK(is_gapless(bins, shape.result()) && lie_apart(bins, shape.result()));
}

}  // namespace

void roi_align(Pixels<const float> map, const RoiAlignShape& shape, const Roi& roi,
               Pixels<float> out) {
  check(shape, map, out);
  HWY_DYNAMIC_DISPATCH(Align)(map, shape, roi, out);
}

void roi_align_gradient(Pixels<const float> d, const RoiAlignShape& shape, const Roi& roi,
                        Pixels<float> gradient) {
  check(shape, gradient, d);
  HWY_DYNAMIC_DISPATCH(AlignGradient)(d, shape, roi, gradient);
}

}  // namespace nasnet::kernels
#endif
