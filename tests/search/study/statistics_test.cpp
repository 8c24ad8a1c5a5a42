#include "nasnet/search/study/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/base/random.h"

namespace nasnet::search {
namespace {

Trial done(double reward, double images) {
  Trial trial;
  trial.state = TrialState::kDone;
  trial.reward = reward;
  trial.measurements = {{"accuracy", reward}, {"validation_images", images}};
  return trial;
}

TEST(WilsonInterval, KnownValues) {
  // Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  const auto expect = [](int64_t correct, int64_t count, double low, double high) {
    const Interval interval = wilson_interval(correct, count);
    EXPECT_NEAR(interval.low, low, 5.1e-5);
    EXPECT_NEAR(interval.high, high, 5.1e-5);
  };
  expect(81, 263, 0.2553, 0.3662);
  expect(15, 148, 0.0624, 0.1605);
  expect(0, 20, 0.0, 0.1611);
  expect(1, 29, 0.0061, 0.1718);
  EXPECT_EQ(wilson_interval(0, 0), (Interval{0, 1}));
}

TEST(WilsonInterval, CoversTheTruthAboutNinetyFiveTimesInAHundred) {
  Random random(3, 0, "coverage");
  int covered = 0;
  for (int round = 0; round < 2000; ++round) {
    int correct = 0;
    for (int i = 0; i < 200; ++i) correct += random.uniform() < 0.8;
    const Interval interval = wilson_interval(correct, 200);
    covered += interval.low <= 0.8 && 0.8 <= interval.high;
  }
  EXPECT_NEAR(covered / 2000.0, 0.95, 0.02);
}

TEST(MeanReward, LeavesFailedTrialsOut) {
  Trial failed;
  failed.state = TrialState::kFailed;
  const Mean mean = mean_reward({done(0.5, 10), failed, done(0.7, 10), done(0.9, 10)});
  EXPECT_EQ(mean.count, 3);
  EXPECT_NEAR(mean.mean, 0.7, 1e-12);
  EXPECT_NEAR(mean.standard_error, 0.2 / std::sqrt(3.0), 1e-12);
  EXPECT_EQ(mean_reward({}).count, 0);
}

TEST(CompareBests, SaysAboveOnlyWhereIntervalsAreApart) {
  EXPECT_NE(compare_bests("a", done(0.80, 100), "b", done(0.82, 100)).find("cannot be told apart"),
            std::string::npos);
  EXPECT_NE(compare_bests("a", done(0.80, 10000), "b", done(0.85, 10000))
                .find("best of b is above the best of a"),
            std::string::npos);
  EXPECT_NE(compare_bests("a", done(0.95, 10000), "b", done(0.85, 10000))
                .find("best of a is above the best of b"),
            std::string::npos);
}

TEST(RewardInterval, IsThatOfTheAccuracyAsTheObjectiveHasIt) {
  Trial trial = done(0.8, 100);
  const Interval accuracy = wilson_interval(80, 100);
  EXPECT_EQ(reward_interval(trial), accuracy);
  trial.measurements["size"] = 2;
  const Interval halved = reward_interval(trial, Objective("accuracy, minimize size to 1"));
  EXPECT_EQ(halved, (Interval{accuracy.low / 2, accuracy.high / 2}));
  const Interval inverse = reward_interval(trial, Objective("minimize accuracy"));
  EXPECT_EQ(inverse, (Interval{1 / accuracy.high, 1 / accuracy.low}));
  trial.reward = -0.5;
  EXPECT_EQ(reward_interval(trial, Objective("accuracy, size <= 1")), (Interval{-0.5, -0.5}))
      << "the excess is known exactly";
}

TEST(CompareBests, SaysNothingOfMeasurementsWhoseUncertaintyIsUnknown) {
  Trial a, b;
  a.reward = 0.5;
  b.reward = 0.25;
  EXPECT_EQ(compare_bests("a", a, "b", b),
            "The best of a has a reward of 0.5, that of b one of 0.25; how sure they are is not "
            "known.");
}

TEST(MeanReward, LeavesOutWhatIsBeyondTheLimits) {
  const Mean mean = mean_reward({done(0.5, 10), done(-0.5, 10)}, Objective("accuracy, size <= 1"));
  EXPECT_EQ(mean.count, 1);
  EXPECT_EQ(mean.mean, 0.5);
}

/// Five values each; Satterthwaite leaves 4.3 degrees of freedom, of which 4 count.
TEST(Welch, ComparesMeansOfUnequalVariances) {
  Moments a, b;
  for (const double value : {20.0, 22.0, 19.0, 20.0, 22.0}) a.add(value);
  for (const double value : {17.0, 25.0, 11.0, 19.0, 28.0}) b.add(value);
  EXPECT_DOUBLE_EQ(a.mean, 20.6);
  EXPECT_NEAR(a.squares, 7.2, 1e-12);
  EXPECT_NEAR(b.squares, 180, 1e-12);
  const Estimate found = welch_difference(a, b);
  EXPECT_NEAR(found.value, 0.6, 1e-12);
  const double half = 2.776 * std::sqrt((1.8 + 45) / 5);  // 4.3 degrees of freedom
  EXPECT_NEAR(found.interval.low, 0.6 - half, 1e-9);
  EXPECT_NEAR(found.interval.high, 0.6 + half, 1e-9);
  EXPECT_EQ(welch_difference(a, a).value, 0);
}

}  // namespace
}  // namespace nasnet::search
