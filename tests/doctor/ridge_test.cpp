#include "nasnet/doctor/ridge.h"

#include <gtest/gtest.h>

#include "nasnet/base/random.h"

namespace nasnet::doctor {
namespace {

constexpr int64_t kRows = 900;
constexpr int kFeatures = 7, kClasses = 3;

/// Three clouds of points.
struct Points {
  std::vector<float> values;
  std::vector<int> labels;
  Points() {
    Random random(1, 0, "points");
    for (int64_t row = 0; row < kRows; ++row) {
      labels.push_back(static_cast<int>(row % kClasses));
      for (int j = 0; j < kFeatures; ++j)
        values.push_back(static_cast<float>(random.normal() + (j == labels.back() ? 5 : 0)));
    }
  }
  CrossRidge fit(ThreadPool& pool) const {
    return CrossRidge({.rows = kRows,
                       .features = kFeatures,
                       .classes = kClasses,
                       .folds = 5,
                       .write =
                           [this](int64_t row, float* out) {
                             std::copy_n(values.data() + row * kFeatures, kFeatures, out);
                           },
                       .label = [this](int64_t row) { return labels[row]; },
                       .fold = [](int64_t row) { return static_cast<int>(row * 7 % 5); }},
                      pool);
  }
};

std::vector<float> all_scores(const CrossRidge& model) {
  std::vector<float> scores(kRows * kClasses);
  for (int64_t row = 0; row < kRows; ++row) model.predict(row, scores.data() + row * kClasses);
  return scores;
}

TEST(CrossRidge, TellsCloudsApartWithAnyNumberOfThreads) {
  const Points points;
  ThreadPool one(1), four(4);
  const std::vector<float> scores = all_scores(points.fit(one));
  EXPECT_EQ(scores, all_scores(points.fit(four)));
  int64_t right = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    const float* of = scores.data() + row * kClasses;
    right += std::max_element(of, of + kClasses) - of == points.labels[row];
    // Targets are shares: they add up to one.
    EXPECT_NEAR(of[0] + of[1] + of[2], 1, 1e-4);
  }
  EXPECT_GT(right, kRows * 97 / 100);
}

TEST(CrossRidge, JudgesARowByModelsThatNeverSawItsLabel) {
  Points points;
  ThreadPool pool(2);
  const std::vector<float> before = all_scores(points.fit(pool));
  constexpr int64_t kChanged = 123;
  points.labels[kChanged] = (points.labels[kChanged] + 1) % kClasses;
  const std::vector<float> after = all_scores(points.fit(pool));
  for (int k = 0; k < kClasses; ++k)
    EXPECT_EQ(before[kChanged * kClasses + k], after[kChanged * kClasses + k]);
  EXPECT_NE(before, after);
}

}  // namespace
}  // namespace nasnet::doctor
