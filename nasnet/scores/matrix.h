#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nasnet::scores {

/// A symmetric matrix of n x n values, whole and row by row.
struct SymmetricMatrix {
  explicit SymmetricMatrix(int64_t n) : n(n), values(n * n) {}

  double& at(int64_t row, int64_t column) { return values[row * n + column]; }
  double at(int64_t row, int64_t column) const { return values[row * n + column]; }
  void set(int64_t row, int64_t column, double value) {
    at(row, column) = value;
    at(column, row) = value;
  }

  int64_t n;
  std::vector<double> values;
};

/// Pearson's correlation of each two of `count` rows of equally many values, as numpy's corrcoef:
/// NaN for a row without variance.
SymmetricMatrix correlations(std::span<const float> values, int64_t count);

/// In ascending order, to a few roundings of the largest. NaN where a value of the matrix is none,
/// or infinite.
std::vector<double> eigenvalues(SymmetricMatrix matrix);

/// log |det| of a positive semidefinite matrix; -infinity where it is singular as far as doubles
/// can tell.
double log_determinant(const SymmetricMatrix& matrix);

}  // namespace nasnet::scores
