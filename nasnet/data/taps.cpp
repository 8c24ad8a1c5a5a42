#include "nasnet/data/taps.h"

#include <algorithm>
#include <cmath>

namespace nasnet::data {
namespace {

/// Source samples [begin, end).
struct Reach {
  int begin = 0, end = 0;
};

/// The table of the axis, of a number of taps that is a multiple of `unit`. `fill` writes the
/// weights of the new sample `i`, which reaches so far.
template <class Weight, class ReachOf, class Fill>
TapTable<Weight> make_table(const Axis& axis, int unit, const ReachOf& reach_of, const Fill& fill) {
  std::vector<Reach> reaches(axis.count);
  int most = 1;
  for (int i = 0; i < axis.count; ++i) {
    reaches[i] = reach_of(i);
    most = std::max(most, reaches[i].end - reaches[i].begin);
  }
  TapTable<Weight> table;
  table.taps = (most + unit - 1) / unit * unit;
  table.weights.resize(int64_t{table.taps} * axis.count);
  table.first.resize(axis.count);
  for (int place = 0; place < axis.count; ++place) {
    const int i = axis.mirrored ? axis.count - 1 - place : place;
    const Reach reach = reaches[i];
    const int first = std::clamp(axis.source - table.taps, 0, reach.begin);
    table.first[place] = first;
    fill(i, reach, table.weights.data() + int64_t{place} * table.taps + (reach.begin - first));
  }
  return table;
}

/// Source samples for one new one.
double step_of(const Axis& axis) {
  return axis.length / static_cast<double>(axis.samples);
}

// Floating point.

/// By the area that each covers; where the picture grows, by the distance of the nearest two.
TapTable<float> area_taps(const Axis& axis) {
  const double step = step_of(axis);
  const auto from = [&](int i) { return axis.begin + static_cast<double>(axis.first + i) * step; };
  const auto centre = [&](int i) {
    return std::clamp((from(i) + (from(i) + step)) / 2 - 0.5, 0.0, axis.source - 1.0);
  };
  const auto reach = [&](int i) -> Reach {
    if (step < 1) {
      const int first = std::min(static_cast<int>(centre(i)), axis.source - 1);
      return {first, std::min(first + 2, axis.source)};
    }
    const double to = from(i) + step;
    const int first = std::clamp(static_cast<int>(std::floor(from(i) + 1e-9)), 0, axis.source - 1);
    return {first,
            1 + std::clamp(static_cast<int>(std::ceil(to - 1e-9)) - 1, first, axis.source - 1)};
  };
  return make_table<float>(axis, 1, reach, [&](int i, const Reach& r, float* weights) {
    const int count = r.end - r.begin;
    if (step < 1) {
      const auto part = static_cast<float>(centre(i) - r.begin);
      weights[0] = 1 - part;
      if (count == 2) weights[1] = part;
    } else {
      const double to = from(i) + step;
      for (int s = r.begin; s < r.end; ++s)
        weights[s - r.begin] =
            static_cast<float>(std::min(to, s + 1.0) - std::max(from(i), s * 1.0));
    }
    float sum = 0;
    for (int k = 0; k < count; ++k) sum += weights[k];
    for (int k = 0; k < count; ++k) weights[k] /= sum;
  });
}

/// The two samples around `begin + i step`, as TensorFlow 1's resize_bilinear has it without
/// align_corners: corners fall together, not centres, and nothing is averaged where the picture
/// shrinks. Positions in float32, as there.
TapTable<float> legacy_taps(const Axis& axis) {
  const float step = static_cast<float>(axis.length) / static_cast<float>(axis.samples);
  const auto place = [&](int i) {
    return static_cast<float>(axis.begin) + static_cast<float>(axis.first + i) * step;
  };
  const auto reach = [&](int i) -> Reach {
    const int first = std::clamp(static_cast<int>(place(i)), 0, axis.source - 1);
    return {first, std::min(first + 2, axis.source)};
  };
  return make_table<float>(axis, 1, reach, [&](int i, const Reach& r, float* weights) {
    const float part = place(i) - std::floor(place(i));
    weights[0] = r.end - r.begin == 2 ? 1 - part : 1.0f;
    if (r.end - r.begin == 2) weights[1] = part;
  });
}

// Pillow's, in its fixed point.

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

int32_t fixed(double weight) {
  const double scaled = weight * (1 << kFractionBits);
  return static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/// Of an even number of taps.
TapTable<FixedPair> in_pairs(const TapTable<int32_t>& taps) {
  TapTable<FixedPair> pairs{taps.taps / 2, taps.first, {}};
  pairs.weights.resize(taps.weights.size() / 2);
  for (size_t i = 0; i < taps.weights.size(); ++i) {
    const int32_t high = taps.weights[i] >> kLowBits;
    pairs.weights[i / 2].high[i % 2] = static_cast<int16_t>(high);
    pairs.weights[i / 2].low[i % 2] = static_cast<int16_t>(taps.weights[i] - (high << kLowBits));
  }
  return pairs;
}

/// The weights of `filter`, which reaches `radius` samples of the coarser of both grids.
template <class Filter>
TapTable<int32_t> smooth_taps(const Axis& axis, double radius, const Filter& filter) {
  const double step = step_of(axis), widened = std::max(step, 1.0), reach = radius * widened;
  const auto centre = [&](int i) {
    return axis.begin + (static_cast<double>(axis.first + i) + 0.5) * step;
  };
  const auto reach_of = [&](int i) -> Reach {
    return {std::max(0, static_cast<int>(centre(i) - reach + 0.5)),
            std::min(axis.source, static_cast<int>(centre(i) + reach + 0.5))};
  };
  std::vector<double> values;
  return make_table<int32_t>(axis, 2, reach_of, [&](int i, const Reach& r, int32_t* out) {
    values.clear();
    double sum = 0;
    for (int s = r.begin; s < r.end; ++s) {
      values.push_back(filter((s - centre(i) + 0.5) * (1 / widened)));
      sum += values.back();
    }
    for (const double value : values) *out++ = fixed(value / sum);
  });
}

/// Pillow adds the steps up one by one, and where a centre falls between two samples the error of
/// that decides.
TapTable<int32_t> nearest_taps(const Axis& axis) {
  constexpr int64_t kMostAdded = 1 << 20;  // threads of a million pixels may be told apart
  const double step = step_of(axis);
  double centre = axis.begin + step * 0.5;
  if (axis.first > kMostAdded) centre += static_cast<double>(axis.first) * step;
  for (int64_t i = 0; i < axis.first && axis.first <= kMostAdded; ++i) centre += step;
  std::vector<int> samples(axis.count);
  for (int& sample : samples) {
    sample = std::clamp(static_cast<int>(centre), 0, axis.source - 1);
    centre += step;
  }
  return make_table<int32_t>(
      axis, 2,
      [&](int i) {
        return Reach{samples[i], samples[i] + 1};
      },
      [](int, const Reach&, int32_t* out) { *out = fixed(1); });
}

}  // namespace

TapTable<float> float_taps(const Axis& axis, Interpolation filter) {
  return filter == Interpolation::kLegacy ? legacy_taps(axis) : area_taps(axis);
}

TapTable<FixedPair> fixed_taps(const Axis& axis, Interpolation filter) {
  if (filter == Interpolation::kNearest) return in_pairs(nearest_taps(axis));
  return in_pairs(filter == Interpolation::kBilinear ? smooth_taps(axis, 1, triangle)
                                                     : smooth_taps(axis, 2, cubic));
}

}  // namespace nasnet::data
