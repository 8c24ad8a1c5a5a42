#include "nasnet/latency/nnls.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/base/random.h"

namespace nasnet::latency {
namespace {

void expect_near(const std::vector<double>& x, const std::vector<double>& expected) {
  ASSERT_EQ(x.size(), expected.size());
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-12) << i;
}

// The expected values are scipy's (scipy.optimize.nnls).
TEST(Nnls, AgreesWithScipy) {
  expect_near(nonnegative_least_squares({{1, 2, 0}, {0, 1, 1}, {3, 0, 1}, {1, 1, 1}}, {1, 2, 3, 4}),
              {0.32911392405063256, 0.40506329113924083, 2.2911392405063293});
  // The third column is the sum of the others.
  expect_near(nonnegative_least_squares({{1, 1, 2}, {2, 1, 3}, {3, 2, 5}, {4, 1, 5}, {5, 3, 8}},
                                        {1, -1, 2, 0, 1}),
              {0, 0.4375, 0});
  expect_near(nonnegative_least_squares({{1, -1, .5, 2},
                                         {2, 1, -.5, 0},
                                         {0, 3, 1, -1},
                                         {-1, .5, 2, 1},
                                         {1, 1, 1, 1},
                                         {.5, -2, 0, 1}},
                                        {-1, 4, 2, -3, 1, .5}),
              {1.5146198830409354, 0.5380116959064327, 0, 0});
}

TEST(Nnls, TakesWhatHasNoAnswer) {
  EXPECT_TRUE(nonnegative_least_squares({}, {}).empty());
  expect_near(nonnegative_least_squares({{0, 1}, {0, 2}}, {1, 2}), {0, 1});  // a column of zeros
  expect_near(nonnegative_least_squares({{1}, {1}}, {-1, -2}), {0});
  const std::vector<double> x = nonnegative_least_squares({{1, 2}}, {3});  // one row, two columns
  EXPECT_NEAR(x[0] + 2 * x[1], 3, 1e-12);
  EXPECT_ANY_THROW(nonnegative_least_squares({{NAN}}, {1}));
  EXPECT_ANY_THROW(nonnegative_least_squares({{1}, {1, 2}}, {1, 2}));
}

struct Problem {
  Matrix a;
  std::vector<double> b;
};

Problem random_problem(uint64_t number) {
  Random random(1, number, "nnls");
  const size_t rows = 1 + random.below(30), columns = 1 + random.below(12);
  Problem problem;
  for (size_t i = 0; i < rows; ++i) {
    std::vector<double> row;
    // Counts of very different sizes; some columns are copies of others.
    for (size_t j = 0; j < columns; ++j)
      row.push_back(j % 5 == 4 ? row[j - 1] : random.normal() * std::pow(10.0, j % 4 * 2));
    problem.a.push_back(std::move(row));
    problem.b.push_back(random.normal());
  }
  return problem;
}

// Karush, Kuhn and Tucker's conditions are what makes an answer the least: along no column may the
// sum of squares fall, but where x would become negative.
TEST(Nnls, MeetsTheConditionsOfTheLeast) {
  for (uint64_t number = 0; number < 500; ++number) {
    const Problem problem = random_problem(number);
    const std::vector<double> x = nonnegative_least_squares(problem.a, problem.b);
    std::vector<double> rest = problem.b;
    for (size_t i = 0; i < rest.size(); ++i)
      for (size_t j = 0; j < x.size(); ++j) rest[i] -= problem.a[i][j] * x[j];
    for (size_t j = 0; j < x.size(); ++j) {
      double slope = 0, length = 0;
      for (size_t i = 0; i < rest.size(); ++i) {
        slope += problem.a[i][j] * rest[i];
        length += problem.a[i][j] * problem.a[i][j];
      }
      slope /= std::sqrt(length);
      EXPECT_GE(x[j], 0) << number;
      EXPECT_LT(slope, 1e-8) << number << " " << j;
      if (x[j] > 0) {
        EXPECT_GT(slope, -1e-8) << number << " " << j;
      }
    }
    EXPECT_EQ(x, nonnegative_least_squares(problem.a, problem.b));
  }
}

// An exact answer that is not negative is found.
TEST(Nnls, FindsWhatTheValuesWereMadeOf) {
  for (uint64_t number = 0; number < 100; ++number) {
    Random random(2, number, "nnls");
    const std::vector<double> truth = {random.uniform(), 0, random.uniform(), 0, 3};
    Problem problem;
    for (int i = 0; i < 12; ++i) {
      problem.a.emplace_back();
      problem.b.push_back(0);
      for (const double factor : truth) {
        problem.a.back().push_back(random.uniform());
        problem.b.back() += factor * problem.a.back().back();
      }
    }
    const std::vector<double> x = nonnegative_least_squares(problem.a, problem.b);
    for (size_t j = 0; j < truth.size(); ++j) EXPECT_NEAR(x[j], truth[j], 1e-9) << number;
  }
}

}  // namespace
}  // namespace nasnet::latency
