#include "nasnet/scores/matrix.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "nasnet/base/random.h"

namespace nasnet::scores {
namespace {

SymmetricMatrix of(int64_t n, const std::vector<double>& values) {
  SymmetricMatrix matrix(n);
  matrix.values = values;
  return matrix;
}

void expect_near(const std::vector<double>& found, const std::vector<double>& wanted,
                 double tolerance) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], tolerance) << i;
}

TEST(Matrix, EigenvaluesThatAreKnown) {
  expect_near(eigenvalues(of(1, {7})), {7}, 1e-14);
  expect_near(eigenvalues(of(2, {2, 1, 1, 2})), {1, 3}, 1e-15);
  expect_near(eigenvalues(of(3, {0, 0, 0, 0, 0, 0, 0, 0, 0})), {0, 0, 0}, 0);
  expect_near(eigenvalues(of(3, {3, 0, 0, 0, -1, 0, 0, 0, 2})), {-1, 2, 3}, 1e-14);
  // All ones: n once, and 0 for the rest.
  expect_near(eigenvalues(of(4, std::vector<double>(16, 1.0))), {0, 0, 0, 4}, 1e-14);
  EXPECT_TRUE(eigenvalues(SymmetricMatrix(0)).empty());
}

/// Second differences: 2 - 2 cos(k pi / (n + 1)).
TEST(Matrix, EigenvaluesOfSecondDifferences) {
  constexpr int n = 128;
  SymmetricMatrix matrix(n);
  std::vector<double> wanted;
  for (int i = 0; i < n; ++i) {
    matrix.set(i, i, 2);
    if (i > 0) matrix.set(i, i - 1, -1);
    wanted.push_back(2 - 2 * std::cos((i + 1) * std::numbers::pi / (n + 1)));
  }
  expect_near(eigenvalues(matrix), wanted, 1e-14);
}

/// Reflections keep them: Q D Q with Q = I - 2 v v', several times.
TEST(Matrix, EigenvaluesOutliveReflections) {
  constexpr int n = 60;
  Random random(3, 0, "matrix");
  SymmetricMatrix matrix(n);
  std::vector<double> wanted;
  for (int i = 0; i < n; ++i) {
    wanted.push_back(std::pow(10, i / 10.0 - 3));
    matrix.set(i, i, wanted.back());
  }
  for (int round = 0; round < 3; ++round) {
    std::vector<double> v(n);
    double square = 0;
    for (double& one : v) {
      one = random.normal();
      square += one * one;
    }
    for (double& one : v) one /= std::sqrt(square);
    std::vector<double> p(n);
    double inner = 0;
    for (int i = 0; i < n; ++i) {
      for (int k = 0; k < n; ++k) p[i] += matrix.at(i, k) * v[k];
      inner += v[i] * p[i];
    }
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k)
        matrix.at(i, k) += 4 * inner * v[i] * v[k] - 2 * (v[i] * p[k] + p[i] * v[k]);
  }
  expect_near(eigenvalues(matrix), wanted, 1e-12 * wanted.back());
}

TEST(Matrix, EigenvaluesOfNoNumbersAreNone) {
  for (const double value : eigenvalues(of(2, {1, NAN, NAN, 1}))) EXPECT_TRUE(std::isnan(value));
}

TEST(Matrix, Determinants) {
  EXPECT_NEAR(log_determinant(of(2, {2, 1, 1, 2})), std::log(3.0), 1e-14);
  EXPECT_NEAR(log_determinant(of(3, {2, 0, 0, 0, 3, 0, 0, 0, 4})), std::log(24.0), 1e-14);
  EXPECT_EQ(log_determinant(of(2, {1, 1, 1, 1})), -INFINITY);
  EXPECT_EQ(log_determinant(of(2, {0, 0, 0, 0})), -INFINITY);
}

TEST(Matrix, CorrelationsOfRows) {
  const std::vector<float> rows = {1, 2, 3, 2, 4, 6, 3, 2, 1, 1, 0, 1};
  const SymmetricMatrix found = correlations(rows, 4);
  expect_near(found.values, {1, 1, -1, 0, 1, 1, -1, 0, -1, -1, 1, 0, 0, 0, 0, 1}, 1e-15);
  const std::vector<float> flat = {1, 2, 5, 5};
  EXPECT_TRUE(std::isnan(correlations(flat, 2).at(0, 1)));
}

}  // namespace
}  // namespace nasnet::scores
