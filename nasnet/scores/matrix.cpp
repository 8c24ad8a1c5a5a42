// Matrices of one row an image: a hundred or two, so that plain loops do. Compiled with -O3: sums
// stand in lanes that a vector takes at a time, in the same order on every machine.

#include "nasnet/scores/matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nasnet::scores {
namespace {

constexpr int64_t kLanes = 8;

double dot(const double* x, const double* y, int64_t count) {
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int64_t k = 0; k < kLanes; ++k) lanes[k] += x[i + k] * y[i + k];
  double sum = 0;
  for (; i < count; ++i) sum += x[i] * y[i];
  for (const double lane : lanes) sum += lane;
  return sum;
}

/// The diagonal of a tridiagonal matrix, and the values beside it: beside[i] in rows i and i + 1.
struct Tridiagonal {
  std::vector<double> diagonal, beside;
};

/// Householder's reflections, from the last row up: each leaves its row with one value beside the
/// diagonal, and the eigenvalues as they are (Golub & Van Loan, Matrix Computations, 8.3.1).
Tridiagonal tridiagonalise(SymmetricMatrix a) {
  const int64_t n = a.n;
  Tridiagonal result{std::vector<double>(n), std::vector<double>(std::max<int64_t>(n - 1, 0))};
  std::vector<double> p(n);
  for (int64_t row = n - 1; row > 0; --row) {
    // The reflection I - v v' / h takes the first `row` values u of the row to (0, ..., 0, alpha).
    double* const v = &a.values[row * n];
    result.diagonal[row] = v[row];
    double scale = 0;
    for (int64_t k = 0; k + 1 < row; ++k) scale = std::max(scale, std::abs(v[k]));
    if (scale == 0) {
      result.beside[row - 1] = v[row - 1];
      continue;
    }
    scale = std::max(scale, std::abs(v[row - 1]));
    for (int64_t k = 0; k < row; ++k) v[k] /= scale;
    const double square = dot(v, v, row);
    const double alpha = v[row - 1] > 0 ? -std::sqrt(square) : std::sqrt(square);
    const double h = square - v[row - 1] * alpha;
    v[row - 1] -= alpha;
    result.beside[row - 1] = scale * alpha;
    // A - v w' - w v' with w = p - (v'p / 2h) v and p = A v / h.
    for (int64_t i = 0; i < row; ++i) p[i] = dot(&a.values[i * n], v, row) / h;
    const double half = dot(p.data(), v, row) / (2 * h);
    for (int64_t i = 0; i < row; ++i) p[i] -= half * v[i];
    for (int64_t i = 0; i < row; ++i)
      for (int64_t k = 0; k < row; ++k) a.values[i * n + k] -= v[i] * p[k] + p[i] * v[k];
  }
  if (n > 0) result.diagonal[0] = a.at(0, 0);
  return result;
}

/// How many eigenvalues lie below x: the negative pivots of the matrix less x (Sturm's sequence).
int64_t count_below(const Tridiagonal& t, double x, double least) {
  int64_t count = 0;
  double pivot = 1;
  for (size_t i = 0; i < t.diagonal.size(); ++i) {
    const double beside = i > 0 ? t.beside[i - 1] : 0.0;
    pivot = t.diagonal[i] - x - beside * beside / pivot;
    if (std::abs(pivot) < least) pivot = -least;
    if (pivot < 0) ++count;
  }
  return count;
}

/// Halves [low, high], which holds eigenvalues first to last - 1, until they are told apart as far
/// as numbers can.
void bisect(const Tridiagonal& t, double low, double high, int64_t first, int64_t last,
            double least, std::vector<double>& found) {
  while (true) {
    const double middle = low + (high - low) / 2;
    if (high - low <= least || middle <= low || middle >= high) {
      std::fill(found.begin() + first, found.begin() + last, middle);
      return;
    }
    const int64_t below = std::clamp(count_below(t, middle, least), first, last);
    if (below > first && below < last) {
      bisect(t, low, middle, first, below, least, found);
      first = below;
    }
    (below >= last ? high : low) = middle;
  }
}

}  // namespace

SymmetricMatrix correlations(std::span<const float> values, int64_t count) {
  const int64_t size = count > 0 ? std::ssize(values) / count : 0;
  std::vector<double> rows(values.begin(), values.end());
  for (int64_t i = 0; i < count; ++i) {
    double* const row = rows.data() + i * size;
    double sum = 0;
    for (int64_t k = 0; k < size; ++k) sum += row[k];
    const double mean = sum / static_cast<double>(size);
    for (int64_t k = 0; k < size; ++k) row[k] -= mean;
    const double norm = std::sqrt(dot(row, row, size));
    for (int64_t k = 0; k < size; ++k) row[k] /= norm;
  }
  SymmetricMatrix result(count);
  for (int64_t i = 0; i < count; ++i)
    for (int64_t k = 0; k <= i; ++k)
      result.set(i, k, dot(rows.data() + i * size, rows.data() + k * size, size));
  return result;
}

std::vector<double> eigenvalues(SymmetricMatrix matrix) {
  const int64_t n = matrix.n;
  const bool finite =
      std::ranges::all_of(matrix.values, [](double value) { return std::isfinite(value); });
  std::vector<double> found(n, std::numeric_limits<double>::quiet_NaN());
  if (!finite || n == 0) return found;
  const Tridiagonal t = tridiagonalise(std::move(matrix));
  // Gershgorin's circles hold all eigenvalues.
  double low = t.diagonal[0], high = t.diagonal[0];
  for (int64_t i = 0; i < n; ++i) {
    const double radius =
        (i > 0 ? std::abs(t.beside[i - 1]) : 0.0) + (i + 1 < n ? std::abs(t.beside[i]) : 0.0);
    low = std::min(low, t.diagonal[i] - radius);
    high = std::max(high, t.diagonal[i] + radius);
  }
  const double largest = std::max({std::abs(low), std::abs(high)});
  if (largest == 0) {
    std::ranges::fill(found, 0.0);
    return found;
  }
  const double least = largest * std::numeric_limits<double>::epsilon() / 4;
  bisect(t, low - 2 * least, high + 2 * least, 0, n, least, found);
  return found;
}

double log_determinant(const SymmetricMatrix& matrix) {
  const std::vector<double> values = eigenvalues(matrix);
  if (values.empty()) return 0;
  const double least =
      values.back() * static_cast<double>(matrix.n) * std::numeric_limits<double>::epsilon();
  double sum = 0;
  for (const double value : values) {
    if (value <= least) return -std::numeric_limits<double>::infinity();
    sum += std::log(value);
  }
  return sum;
}

}  // namespace nasnet::scores
