#include "nasnet/doctor/align.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nasnet/doctor/looks.h"

namespace nasnet::doctor {
namespace {

constexpr int kSteps = 5;
constexpr double kMostStretch = 0.125, kMostMove = 0.1 * kThumbEdge;
/// Of the pixels must overlap.
constexpr int kLeastOverlap = kThumbEdge * kThumbEdge * 7 / 10;
constexpr double kCentre = (kThumbEdge - 1) / 2.0;

using Plane = std::array<double, static_cast<size_t>(kThumbEdge* kThumbEdge)>;

/// Where a pixel of the other picture lies in the first one, along one axis.
struct Stretch {
  double by = 0, move = 0;
  double operator()(double at) const { return kCentre + (1 + by) * (at - kCentre) + move; }
};

/// A value and its slopes between pixels, by cubics through them (Catmull and Rom).
struct Sample {
  double value = 0, across = 0, down = 0;
};

void cubic(double t, double* weights, double* slopes) {
  const double tt = t * t, ttt = tt * t;
  weights[0] = 0.5 * (-t + 2 * tt - ttt);
  weights[1] = 0.5 * (2 - 5 * tt + 3 * ttt);
  weights[2] = 0.5 * (t + 4 * tt - 3 * ttt);
  weights[3] = 0.5 * (-tt + ttt);
  slopes[0] = 0.5 * (-1 + 4 * t - 3 * tt);
  slopes[1] = 0.5 * (-10 * t + 9 * tt);
  slopes[2] = 0.5 * (1 + 8 * t - 9 * tt);
  slopes[3] = 0.5 * (-2 * t + 3 * tt);
}

Sample sample(const Plane& plane, double x, double y) {
  const int left = std::min(static_cast<int>(x), kThumbEdge - 2);
  const int top = std::min(static_cast<int>(y), kThumbEdge - 2);
  double wx[4], sx[4], wy[4], sy[4];
  cubic(x - left, wx, sx);
  cubic(y - top, wy, sy);
  Sample result;
  for (int j = 0; j < 4; ++j) {
    const int row = std::clamp(top + j - 1, 0, kThumbEdge - 1) * kThumbEdge;
    double value = 0, slope = 0;
    for (int i = 0; i < 4; ++i) {
      const double pixel = plane[row + std::clamp(left + i - 1, 0, kThumbEdge - 1)];
      value += wx[i] * pixel;
      slope += sx[i] * pixel;
    }
    result.value += wy[j] * value;
    result.across += wy[j] * slope;
    result.down += sy[j] * value;
  }
  return result;
}

constexpr int kUnknowns = 6;  // contrast, brightness, stretch and move of each axis
using Equations = std::array<std::array<double, kUnknowns + 1>, kUnknowns>;

/// By elimination with pivots; false where they do not determine the unknowns.
bool solve(Equations& equations, std::array<double, kUnknowns>& unknowns) {
  for (int c = 0; c < kUnknowns; ++c) {
    int pivot = c;
    for (int r = c + 1; r < kUnknowns; ++r)
      if (std::abs(equations[r][c]) > std::abs(equations[pivot][c])) pivot = r;
    if (std::abs(equations[pivot][c]) < 1e-9) return false;
    std::swap(equations[c], equations[pivot]);
    for (int r = c + 1; r < kUnknowns; ++r) {
      const double factor = equations[r][c] / equations[c][c];
      for (int k = c; k <= kUnknowns; ++k) equations[r][k] -= factor * equations[c][k];
    }
  }
  for (int r = kUnknowns - 1; r >= 0; --r) {
    double rest = equations[r][kUnknowns];
    for (int k = r + 1; k < kUnknowns; ++k) rest -= equations[r][k] * unknowns[k];
    unknowns[r] = rest / equations[r][r];
  }
  return true;
}

/// Calls work(sample of the first, value of the other, x, y) where they overlap; how often.
template <class Work>
int for_overlap(const Plane& plane, const Plane& other, const Stretch& across, const Stretch& down,
                const Work& work) {
  int overlap = 0;
  for (int y = 0; y < kThumbEdge; ++y)
    for (int x = 0; x < kThumbEdge; ++x) {
      const double u = across(x), v = down(y);
      if (u < 0 || v < 0 || u > kThumbEdge - 1 || v > kThumbEdge - 1) continue;
      ++overlap;
      work(sample(plane, u, v), other[y * kThumbEdge + x], x - kCentre, y - kCentre);
    }
  return overlap;
}

/// One step towards the best fit; false where there is none nearby.
bool step(const Plane& plane, const Plane& other, Stretch& across, Stretch& down) {
  Equations equations{};
  const int overlap = for_overlap(
      plane, other, across, down, [&](const Sample& at, double value, double x, double y) {
        const double row[kUnknowns] = {at.value, 1, at.across * x, at.across, at.down * y, at.down};
        for (int i = 0; i < kUnknowns; ++i) {
          for (int j = 0; j < kUnknowns; ++j) equations[i][j] += row[i] * row[j];
          equations[i][kUnknowns] += row[i] * value;
        }
      });
  std::array<double, kUnknowns> found{};
  if (overlap < kLeastOverlap || !solve(equations, found) || found[0] < 0.2) return false;
  across.by += found[2] / found[0];
  across.move += found[3] / found[0];
  down.by += found[4] / found[0];
  down.move += found[5] / found[0];
  for (const Stretch& axis : {across, down})
    if (!(std::abs(axis.by) <= kMostStretch && std::abs(axis.move) <= kMostMove)) return false;
  return true;
}

}  // namespace

double aligned_likeness(const uint8_t* thumb, const uint8_t* other, bool mirrored) {
  Plane plane, others;
  for (int y = 0; y < kThumbEdge; ++y)
    for (int x = 0; x < kThumbEdge; ++x) {
      plane[y * kThumbEdge + x] = thumb[y * kThumbEdge + x];
      others[y * kThumbEdge + x] = other[y * kThumbEdge + (mirrored ? kThumbEdge - 1 - x : x)];
    }
  Stretch across, down;
  for (int i = 0; i < kSteps; ++i)
    if (!step(plane, others, across, down)) return -1;
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  const int overlap =
      for_overlap(plane, others, across, down, [&](const Sample& at, double value, double, double) {
        a += at.value, b += value;
        aa += at.value * at.value, bb += value * value, ab += at.value * value;
      });
  if (overlap < kLeastOverlap) return -1;
  const double variance = overlap * aa - a * a, other_variance = overlap * bb - b * b;
  if (variance <= 0 || other_variance <= 0) return -1;
  return (overlap * ab - a * b) / std::sqrt(variance * other_variance);
}

}  // namespace nasnet::doctor
