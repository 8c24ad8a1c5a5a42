#include "nasnet/dashboard/curve.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/base/random.h"

namespace nasnet::dashboard {
namespace {

using search::Objective;
using search::TrialState;

ArmColumns columns_of(const std::vector<double>& rewards) {
  ArmColumns columns;
  for (const double reward : rewards) {
    columns.state.push_back(TrialState::kDone);
    columns.repeats.push_back(0);
    columns.reward.push_back(reward);
    columns.core_seconds.push_back(1800);
    columns.gpu_seconds.push_back(0);
    columns.joules.push_back(0);
    columns.finished.push_back(0);
  }
  return columns;
}

TEST(Curve, OfFewTrialsHasEachOfThem) {
  ArmColumns columns = columns_of({0.5, 0.4, 0.7, 0.7, 0.9});
  columns.state[1] = TrialState::kFailed;
  columns.state[4] = TrialState::kRunning;
  const Curve curve = draw_curve(columns, Objective(), 10, Along::kTrials, 100);
  ASSERT_EQ(curve.buckets.size(), 3u);
  EXPECT_EQ(curve.buckets[1].x, 3);
  EXPECT_EQ(curve.buckets[1].best, 2);
  EXPECT_EQ(curve.buckets[1].mean, 0.7);
  ASSERT_EQ(curve.improvements.size(), 2u) << "the fourth is no better than the third";
  EXPECT_EQ(curve.improvements[1].trial, 2);
  EXPECT_EQ(curve.end, 4);
}

TEST(Curve, GoesAlongCoreHoursInTrialOrder) {
  const Curve curve = draw_curve(columns_of({0.1, 0.2}), Objective(), 10, Along::kCoreHours, 100);
  EXPECT_EQ(curve.buckets[0].x, 0.5);
  EXPECT_EQ(curve.improvements[1].x, 1.0);
}

/// Trials end in another order than theirs; of the first nobody knows when.
TEST(Curve, GoesAlongTheClock) {
  ArmColumns columns = columns_of({0.1, 0.2, 0.3, 0.4});
  columns.finished = {0, 1000, 1500, 1200};
  const Curve curve = draw_curve(columns, Objective(), 10, Along::kTime, 100);
  ASSERT_EQ(curve.buckets.size(), 3u);
  EXPECT_EQ(curve.buckets[0].x, 1000);
  EXPECT_EQ(curve.buckets[1].x, 1500);
  EXPECT_EQ(curve.buckets[2].x, 1500);
  EXPECT_EQ(curve.improvements.back().trial, 3);
  EXPECT_EQ(curve.end, 1500);
}

TEST(Curve, HasMovingMeansOverAtLeastTenTrials) {
  ArmColumns columns = columns_of({1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 100});
  columns.state[11] = TrialState::kFailed;
  columns.repeats[9] = 1;
  const Curve curve = draw_curve(columns, Objective(), 12, Along::kTrials, 100);
  EXPECT_EQ(curve.window, 10);
  ASSERT_EQ(curve.moving.size(), 3u);
  EXPECT_EQ(curve.moving[0].x, 10);
  EXPECT_EQ(curve.moving[0].mean.mean, 1.5);
  EXPECT_EQ(curve.moving[0].repeats, 0.1);
  EXPECT_EQ(curve.moving[1].mean.mean, 1.7);
  EXPECT_EQ(curve.moving[2].x, 12);
  EXPECT_EQ(curve.moving[2].mean.count, 9);
  EXPECT_NEAR(curve.moving[2].failed, 0.1, 1e-12);
  EXPECT_TRUE(draw_curve(columns, Objective(), 9, Along::kTrials, 100).moving.empty());
  std::vector<double> many(100'000, 1);
  const Curve long_one = draw_curve(columns_of(many), Objective(), 100'000, Along::kTrials, 10);
  EXPECT_EQ(long_one.window, 1000);
  EXPECT_LE(std::ssize(long_one.moving), kMovingMeans);
  EXPECT_GT(std::ssize(long_one.moving), kMovingMeans / 2);
}

TEST(Curve, LeavesOutTrialsThatWereNotAskedFor) {
  const Curve curve = draw_curve(columns_of({0.1, 0.2, 0.3}), Objective(), 2, Along::kTrials, 100);
  EXPECT_EQ(curve.buckets.size(), 2u);
  EXPECT_EQ(curve.end, 2);
}

TEST(Curve, OnlyTrialsWithinTheLimitsAreBest) {
  const Curve curve = draw_curve(columns_of({-0.5, 0.2, -0.1}),
                                 Objective("accuracy, parameters <= 3M"), 9, Along::kTrials, 9);
  ASSERT_EQ(curve.improvements.size(), 1u);
  EXPECT_EQ(curve.improvements[0].trial, 1);
  EXPECT_EQ(curve.buckets.size(), 3u);
}

/// Of any number of trials: no more points than asked for, and no extreme is lost.
TEST(Curve, ThinnedKeepsExtremesAndMean) {
  for (const int64_t trials : {1, 2, 99, 100, 101, 1000, 12345})
    for (const int64_t most : {1, 3, 100}) {
      Random random(3, static_cast<uint64_t>(trials), "rewards");
      std::vector<double> rewards;
      double sum = 0;
      for (int64_t i = 0; i < trials; ++i) {
        rewards.push_back(random.uniform());
        sum += rewards.back();
      }
      const Curve curve =
          draw_curve(columns_of(rewards), Objective(), trials, Along::kTrials, most);
      ASSERT_LE(std::ssize(curve.buckets), most);
      double least = 1, greatest = 0, mean = 0;
      int64_t seen = 0;
      for (const Bucket& bucket : curve.buckets) {
        least = std::min(least, bucket.least);
        greatest = std::max(greatest, bucket.greatest);
        mean += bucket.mean * static_cast<double>(bucket.trials);
        seen += bucket.trials;
        EXPECT_EQ(rewards[static_cast<size_t>(bucket.best)], bucket.greatest);
      }
      EXPECT_EQ(seen, trials);
      EXPECT_EQ(least, *std::ranges::min_element(rewards));
      EXPECT_EQ(greatest, *std::ranges::max_element(rewards));
      EXPECT_NEAR(mean, sum, 1e-9 * static_cast<double>(trials));
      EXPECT_EQ(curve.improvements.back().reward, greatest);
    }
}

}  // namespace
}  // namespace nasnet::dashboard
