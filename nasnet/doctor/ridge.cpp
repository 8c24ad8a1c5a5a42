#include "nasnet/doctor/ridge.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/interrupt.h"

// Normal equations by fold: the products of all rows less those of the fold are those of the
// others. Rows are added block by block in their order, each thread to rows of its own of the
// product, so that sums are the same bits on any number of threads.

namespace nasnet::doctor {
namespace {

constexpr int64_t kBlock = 256;
/// Of the number of rows; features have a variance of one.
constexpr double kRidge = 0.01;

/// L of the symmetric, positive definite `a` = L L', in its lower half.
void factorise(std::vector<double>& a, int n) {
  for (int j = 0; j < n; ++j) {
    double* row = a.data() + int64_t{j} * n;
    for (int i = 0; i < j; ++i) {
      const double* other = a.data() + int64_t{i} * n;
      double sum = row[i];
      for (int k = 0; k < i; ++k) sum -= row[k] * other[k];
      row[i] = sum / other[i];
    }
    double sum = row[j];
    for (int k = 0; k < j; ++k) sum -= row[k] * row[k];
    row[j] = std::sqrt(std::max(sum, 1e-12));
  }
}

/// Solves L L' x = b in place.
void solve(const std::vector<double>& l, int n, std::vector<double>& b) {
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < i; ++k) b[i] -= l[int64_t{i} * n + k] * b[k];
    b[i] /= l[int64_t{i} * n + i];
  }
  for (int i = n - 1; i >= 0; --i) {
    for (int k = i + 1; k < n; ++k) b[i] -= l[int64_t{k} * n + i] * b[k];
    b[i] /= l[int64_t{i} * n + i];
  }
}

}  // namespace

CrossRidge::CrossRidge(Task task, ThreadPool& pool) : task_(std::move(task)) {
  standardise(pool);
  fit(pool);
}

void CrossRidge::write_row(int64_t row, float* values) const {
  task_.write(row, values);
  for (int j = 0; j < task_.features; ++j) values[j] = (values[j] - mean_[j]) * scale_[j];
}

void CrossRidge::standardise(ThreadPool& pool) {
  const int n = task_.features;
  mean_.assign(n, 0);
  scale_.assign(n, 1);
  std::vector<double> sums(n), squares(n);
  std::vector<float> block(kBlock * n);
  for (int64_t first = 0; first < task_.rows; first += kBlock) {
    const int64_t rows = std::min(kBlock, task_.rows - first);
    pool.for_each(rows, [&](int64_t i, int) { task_.write(first + i, block.data() + i * n); });
    for (int64_t i = 0; i < rows; ++i)
      for (int j = 0; j < n; ++j) {
        const double value = block[i * n + j];
        sums[j] += value;
        squares[j] += value * value;
      }
  }
  const auto rows = static_cast<double>(task_.rows);
  for (int j = 0; j < n; ++j) {
    const double mean = sums[j] / rows, variance = squares[j] / rows - mean * mean;
    mean_[j] = static_cast<float>(mean);
    scale_[j] = variance > 1e-6 ? static_cast<float>(1 / std::sqrt(variance)) : 0.0F;
  }
}

void CrossRidge::fit(ThreadPool& pool) {
  const int n = task_.features, classes = task_.classes, folds = task_.folds;
  const int64_t size = int64_t{n} * n;
  std::vector<std::vector<double>> products(folds, std::vector<double>(size));
  std::vector<std::vector<double>> by_class(folds, std::vector<double>(int64_t{classes} * n));
  std::vector<std::vector<int64_t>> counts(folds, std::vector<int64_t>(classes));
  std::vector<float> block(kBlock * n);
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < task_.rows; ++row)
      if (task_.fold(row) == fold) rows.push_back(row);
    for (int64_t first = 0; first < std::ssize(rows); first += kBlock) {
      check_interrupt("stopped; nothing was changed");
      const int64_t count = std::min(kBlock, std::ssize(rows) - first);
      pool.for_each(count,
                    [&](int64_t i, int) { write_row(rows[first + i], block.data() + i * n); });
      pool.for_each(n, [&](int64_t j, int) {
        float sums[1024];
        std::fill_n(sums, j + 1, 0.0F);
        for (int64_t i = 0; i < count; ++i) {
          const float* values = block.data() + i * n;
          const float value = values[j];
          for (int64_t k = 0; k <= j; ++k) sums[k] += value * values[k];
        }
        for (int64_t k = 0; k <= j; ++k) products[fold][j * n + k] += sums[k];
      });
      for (int64_t i = 0; i < count; ++i) {
        const int label = task_.label(rows[first + i]);
        ++counts[fold][label];
        for (int j = 0; j < n; ++j) by_class[fold][int64_t{label} * n + j] += block[i * n + j];
      }
    }
  }
  weights_.resize(folds);
  intercepts_.resize(folds);
  pool.for_each(folds, [&](int64_t fold, int) {
    std::vector<double> a(size);
    double rows = 0;
    std::vector<double> class_rows(classes), sums(n);
    std::vector<double> targets(int64_t{classes} * n);
    for (int other = 0; other < folds; ++other) {
      if (other == fold && folds > 1) continue;
      for (int64_t i = 0; i < size; ++i) a[i] += products[other][i];
      for (int64_t i = 0; i < std::ssize(targets); ++i) targets[i] += by_class[other][i];
      for (int k = 0; k < classes; ++k) class_rows[k] += static_cast<double>(counts[other][k]);
    }
    for (int k = 0; k < classes; ++k) {
      rows += class_rows[k];
      for (int j = 0; j < n; ++j) sums[j] += targets[int64_t{k} * n + j];
    }
    // Both sides less their means over these rows.
    for (int i = 0; i < n; ++i)
      for (int j = 0; j <= i; ++j) a[int64_t{i} * n + j] -= sums[i] * sums[j] / rows;
    for (int i = 0; i < n; ++i) a[int64_t{i} * n + i] += kRidge * rows;
    factorise(a, n);
    weights_[fold].resize(int64_t{classes} * n);
    intercepts_[fold].resize(classes);
    std::vector<double> b(n);
    for (int k = 0; k < classes; ++k) {
      const double share = class_rows[k] / rows;
      for (int j = 0; j < n; ++j) b[j] = targets[int64_t{k} * n + j] - share * sums[j];
      solve(a, n, b);
      double intercept = share;
      for (int j = 0; j < n; ++j) {
        weights_[fold][int64_t{k} * n + j] = static_cast<float>(b[j]);
        intercept -= b[j] * sums[j] / rows;
      }
      intercepts_[fold][k] = static_cast<float>(intercept);
    }
  });
}

void CrossRidge::predict(int64_t row, float* scores) const {
  const int n = task_.features;
  thread_local std::vector<float> values;
  values.resize(n);
  write_row(row, values.data());
  const int fold = task_.fold(row);
  for (int k = 0; k < task_.classes; ++k) {
    const float* weights = weights_[fold].data() + int64_t{k} * n;
    float sum = intercepts_[fold][k];
    for (int j = 0; j < n; ++j) sum += weights[j] * values[j];
    scores[k] = sum;
  }
}

}  // namespace nasnet::doctor
