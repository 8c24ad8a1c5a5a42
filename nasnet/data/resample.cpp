#include "nasnet/data/resample.h"

#include <algorithm>
#include <cmath>
#include <iterator>

// Two kinds of filters: areas, in floating point, and Pillow's, in its own fixed point. Both are
// separable: each new row and column knows its taps, the samples that it is made of.

namespace nasnet::data {
namespace {

/// The source samples that one target sample is made of, along one axis.
template <class Weight>
struct Taps {
  int first = 0;
  std::vector<Weight> weights;
};

// Area: floating point, rounded once at the end.

Taps<float> area_taps(const Axis& axis, int i) {
  Taps<float> taps;
  // Source samples for one new one.
  const double step = axis.length / static_cast<double>(axis.samples);
  const double from = axis.begin + static_cast<double>(axis.first + i) * step, to = from + step;
  if (step >= 1) {  // every source sample by its overlap
    taps.first = std::clamp(static_cast<int>(std::floor(from + 1e-9)), 0, axis.source - 1);
    const int last =
        std::clamp(static_cast<int>(std::ceil(to - 1e-9)) - 1, taps.first, axis.source - 1);
    for (int s = taps.first; s <= last; ++s)
      taps.weights.push_back(static_cast<float>(std::min(to, s + 1.0) - std::max(from, s * 1.0)));
  } else {  // between the two nearest centres
    const double centre = std::clamp((from + to) / 2 - 0.5, 0.0, axis.source - 1.0);
    taps.first = std::min(static_cast<int>(centre), axis.source - 1);
    const auto part = static_cast<float>(centre - taps.first);
    taps.weights.push_back(1 - part);
    if (taps.first + 1 < axis.source) taps.weights.push_back(part);
  }
  float sum = 0;
  for (const float weight : taps.weights) sum += weight;
  for (float& weight : taps.weights) weight /= sum;
  return taps;
}

std::vector<uint8_t> resample_area(const uint8_t* pixels, const Axis& down, const Axis& across,
                                   int channels) {
  std::vector<Taps<float>> columns;
  for (int i = 0; i < across.count; ++i) columns.push_back(area_taps(across, i));
  const int64_t row = int64_t{across.source} * channels;
  std::vector<uint8_t> result(int64_t{down.count} * across.count * channels);
  std::vector<float> line(row);
  uint8_t* out = result.data();
  for (int y = 0; y < down.count; ++y) {
    const Taps<float> vertical = area_taps(down, y);
    std::fill(line.begin(), line.end(), 0.0f);
    for (size_t k = 0; k < vertical.weights.size(); ++k) {
      const uint8_t* source = pixels + (vertical.first + k) * row;
      for (int64_t i = 0; i < row; ++i) line[i] += vertical.weights[k] * source[i];
    }
    for (const Taps<float>& horizontal : columns) {
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (size_t k = 0; k < horizontal.weights.size(); ++k)
          sum += horizontal.weights[k] * line[(horizontal.first + k) * channels + c];
        *out++ = static_cast<uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f));
      }
    }
  }
  return result;
}

// Pillow's: along the rows first, then along the columns; weights in fixed point, and rounded to
// bytes after each. To the last bit what Pillow before 13 makes; 13 takes the columns first where
// that is less work, which moves some bytes by one.

/// A byte takes 8 bits, overshoot and sign 2.
constexpr int kFractionBits = 32 - 8 - 2;

double triangle(double x) {
  return std::max(0.0, 1 - std::abs(x));
}

/// Keys' cubic convolution with a = -1/2.
double cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/// The weights of `filter`, which reaches `radius` samples of the coarser of both grids.
Taps<int32_t> smooth_taps(const Axis& axis, int i, double (*filter)(double), double radius) {
  const double step = axis.length / static_cast<double>(axis.samples),
               widened = std::max(step, 1.0);
  const double centre = axis.begin + (static_cast<double>(axis.first + i) + 0.5) * step;
  const double reach = radius * widened;
  Taps<int32_t> taps;
  taps.first = std::max(0, static_cast<int>(centre - reach + 0.5));
  const int end = std::min(axis.source, static_cast<int>(centre + reach + 0.5));
  std::vector<double> weights;
  double sum = 0;
  for (int s = taps.first; s < end; ++s) {
    weights.push_back(filter((s - centre + 0.5) * (1 / widened)));
    sum += weights.back();
  }
  for (const double weight : weights) {
    const double scaled = weight / sum * (1 << kFractionBits);
    taps.weights.push_back(static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5));
  }
  return taps;
}

using AllTaps = std::vector<Taps<int32_t>>;

AllTaps smooth(const Axis& axis, double (*filter)(double), double radius) {
  AllTaps all;
  for (int i = 0; i < axis.count; ++i) all.push_back(smooth_taps(axis, i, filter, radius));
  return all;
}

/// Pillow adds the steps up one by one, and where a centre falls between two samples the error of
/// that decides.
AllTaps nearest(const Axis& axis) {
  constexpr int64_t kMostAdded = 1 << 20;  // threads of a million pixels may be told apart
  const double step = axis.length / static_cast<double>(axis.samples);
  double centre = axis.begin + step * 0.5;
  if (axis.first > kMostAdded) centre += static_cast<double>(axis.first) * step;
  for (int64_t i = 0; i < axis.first && axis.first <= kMostAdded; ++i) centre += step;
  AllTaps all;
  for (int i = 0; i < axis.count; ++i, centre += step)
    all.push_back({std::clamp(static_cast<int>(centre), 0, axis.source - 1), {1 << kFractionBits}});
  return all;
}

AllTaps fixed_taps(const Axis& axis, Interpolation filter) {
  if (filter == Interpolation::kNearest) return nearest(axis);
  return filter == Interpolation::kBilinear ? smooth(axis, triangle, 1) : smooth(axis, cubic, 2);
}

uint8_t to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}
constexpr int32_t kHalf = 1 << (kFractionBits - 1);

template <int channels>
void along_row(const uint8_t* row, const AllTaps& columns, uint8_t* out) {
  for (const Taps<int32_t>& taps : columns) {
    int32_t sums[channels];
    std::fill(sums, sums + channels, kHalf);
    const uint8_t* source = row + int64_t{taps.first} * channels;
    for (const int32_t weight : taps.weights)
      for (int c = 0; c < channels; ++c) sums[c] += weight * *source++;
    for (int c = 0; c < channels; ++c) *out++ = to_byte(sums[c]);
  }
}

std::vector<uint8_t> resample_fixed(const uint8_t* pixels, const Axis& down, const Axis& across,
                                    int channels, Interpolation filter) {
  const AllTaps rows = fixed_taps(down, filter);
  const AllTaps columns = fixed_taps(across, filter);
  const int64_t source_row = int64_t{across.source} * channels;
  const int64_t row = int64_t{across.count} * channels;

  // Only the rows that the columns' filter will look at.
  const int64_t top = rows.front().first;
  const int64_t bottom = rows.back().first + std::ssize(rows.back().weights);
  std::vector<uint8_t> narrow((bottom - top) * row);
  for (int64_t y = top; y < bottom; ++y) {
    const uint8_t* source = pixels + y * source_row;
    uint8_t* out = narrow.data() + (y - top) * row;
    channels == 1 ? along_row<1>(source, columns, out) : along_row<3>(source, columns, out);
  }

  std::vector<uint8_t> result(down.count * row);
  std::vector<int32_t> sums(row);
  uint8_t* out = result.data();
  for (const Taps<int32_t>& taps : rows) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const uint8_t* source = narrow.data() + (taps.first - top) * row;
    for (const int32_t weight : taps.weights)
      for (int64_t i = 0; i < row; ++i) sums[i] += weight * *source++;
    for (const int32_t sum : sums) *out++ = to_byte(sum);
  }
  return result;
}

}  // namespace

std::vector<uint8_t> resample(const uint8_t* pixels, const Axis& down, const Axis& across,
                              int channels, Interpolation filter) {
  return filter == Interpolation::kArea ? resample_area(pixels, down, across, channels)
                                        : resample_fixed(pixels, down, across, channels, filter);
}

}  // namespace nasnet::data
