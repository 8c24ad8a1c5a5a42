#include "nasnet/latency/nnls.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nasnet/base/check.h"

// Columns are scaled to length 1 first, since multiply-adds are millions and an operator is 1. The
// problems have some dozen columns: each least squares problem is solved anew, by Householder's
// reflections, which bear nearly dependent columns better than sums of squares do.

namespace nasnet::latency {
namespace {

/// The part of a column that those before it do not explain must be longer than this share of it.
constexpr double kIndependent = 1e-10;
/// Columns that explain less than this share of b's length are left at 0.
constexpr double kTolerance = 1e-11;

double dot(const std::vector<double>& x, const std::vector<double>& y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

double length(const std::vector<double>& x) {
  return std::sqrt(dot(x, x));
}

/// Least squares of some columns; empty where they depend on each other.
std::vector<double> solve(std::vector<std::vector<double>> columns, std::vector<double> b) {
  const size_t n = columns.size(), rows = b.size();
  if (n > rows) return {};
  for (size_t k = 0; k < n; ++k) {
    std::vector<double>& pivot = columns[k];
    const double norm =
        std::sqrt(std::inner_product(pivot.begin() + k, pivot.end(), pivot.begin() + k, 0.0));
    if (!(norm > kIndependent)) return {};
    std::vector<double> mirror(pivot.begin() + k, pivot.end());
    mirror[0] += pivot[k] > 0 ? norm : -norm;
    const double square = dot(mirror, mirror);
    const auto reflect = [&](std::vector<double>& x) {
      const double along =
          std::inner_product(mirror.begin(), mirror.end(), x.begin() + k, 0.0) * 2 / square;
      for (size_t i = k; i < rows; ++i) x[i] -= along * mirror[i - k];
    };
    for (size_t j = k; j < n; ++j) reflect(columns[j]);
    reflect(b);
  }
  std::vector<double> x(n);
  for (size_t k = n; k-- > 0;) {
    x[k] = b[k];
    for (size_t j = k + 1; j < n; ++j) x[k] -= columns[j][k] * x[j];
    x[k] /= columns[k][k];
  }
  return x;
}

class Solver {
 public:
  Solver(const Matrix& a, const std::vector<double>& b) : b_(b) {
    const size_t count = a.empty() ? 0 : a[0].size();
    for (size_t j = 0; j < count; ++j) {
      std::vector<double> column;
      for (const auto& row : a) column.push_back(row[j]);
      scale_.push_back(length(column));
      for (double& value : column) value /= scale_[j] > 0 ? scale_[j] : 1;
      columns_.push_back(std::move(column));
    }
    x_.resize(count);
  }

  std::vector<double> run() {
    // Each round lowers the sum of squares, so that none comes twice; rounding must not undo that.
    const size_t rounds = 30 * columns_.size() + 30;
    for (size_t round = 0; round < rounds && take_column(); ++round) settle();
    for (size_t j = 0; j < x_.size(); ++j) x_[j] /= scale_[j] > 0 ? scale_[j] : 1;
    return x_;
  }

 private:
  /// The column along which the rest of b falls fastest joins the free ones; false where none does.
  bool take_column() {
    std::vector<double> rest = b_;
    for (size_t j = 0; j < x_.size(); ++j)
      for (size_t i = 0; i < rest.size(); ++i) rest[i] -= columns_[j][i] * x_[j];
    std::vector<size_t> order;
    std::vector<double> slope(x_.size());
    for (size_t j = 0; j < x_.size(); ++j) {
      slope[j] = dot(columns_[j], rest);
      if (std::ranges::find(free_, j) == free_.end() && slope[j] > kTolerance * length(b_))
        order.push_back(j);
    }
    std::ranges::stable_sort(order, [&](size_t i, size_t j) { return slope[i] > slope[j]; });
    for (const size_t j : order) {
      free_.push_back(j);
      trial_ = solve_free();
      // Of a column that nearly depends on the others, rounding may turn the sign.
      if (!trial_.empty() && trial_.back() > 0) return true;
      free_.pop_back();
    }
    return false;
  }

  /// Walks towards the free columns' own solution; those that reach 0 on the way leave.
  void settle() {
    while (!trial_.empty() && std::ranges::any_of(trial_, [](double x) { return x <= 0; })) {
      double step = 1;
      for (size_t k = 0; k < free_.size(); ++k)
        if (trial_[k] <= 0) step = std::min(step, x_[free_[k]] / (x_[free_[k]] - trial_[k]));
      std::vector<size_t> kept;
      for (size_t k = 0; k < free_.size(); ++k) {
        double& x = x_[free_[k]];
        const bool leaves = trial_[k] <= 0 && x / (x - trial_[k]) <= step;
        x = leaves ? 0 : x + step * (trial_[k] - x);
        if (!leaves) kept.push_back(free_[k]);
      }
      free_ = kept;
      trial_ = solve_free();
    }
    for (size_t k = 0; k < trial_.size(); ++k) x_[free_[k]] = trial_[k];
  }

  std::vector<double> solve_free() const {
    std::vector<std::vector<double>> columns;
    for (const size_t j : free_) columns.push_back(columns_[j]);
    return solve(std::move(columns), b_);
  }

  std::vector<double> b_;
  std::vector<std::vector<double>> columns_;
  std::vector<double> scale_, x_, trial_;
  std::vector<size_t> free_;  ///< columns that are not held at 0
};

}  // namespace

std::vector<double> nonnegative_least_squares(const Matrix& a, const std::vector<double>& b) {
  NASNET_CHECK(a.size() == b.size(), "there is a value a row");
  for (size_t i = 0; i < a.size(); ++i) {
    NASNET_CHECK(a[i].size() == a[0].size() && std::isfinite(b[i]), "rows are alike and finite");
    for (const double value : a[i]) NASNET_CHECK(std::isfinite(value), "rows are finite");
  }
  return Solver(a, b).run();
}

}  // namespace nasnet::latency
