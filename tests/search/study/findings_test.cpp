#include "nasnet/search/study/findings.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/base/random.h"

namespace nasnet::search {
namespace {

Trial done(int64_t number, double reward, int choice) {
  Trial trial;
  trial.arm = kSearchArm;
  trial.number = number;
  trial.choices = {choice};
  trial.state = TrialState::kDone;
  trial.reward = reward;
  trial.rungs = {reward};
  return trial;
}

TEST(Statistics, BootstrapCoversTheMeanInNinetyFiveOfAHundred) {
  int covered = 0;
  constexpr int kRuns = 300;
  for (int run = 0; run < kRuns; ++run) {
    Random random(3, static_cast<uint64_t>(run), "normal values");
    Groups groups;
    for (int i = 0; i < 25; ++i) groups.push_back({random.normal()});
    const Estimate estimate = bootstrap_mean(groups);
    covered += estimate.interval.low <= 0 && 0 <= estimate.interval.high;
  }
  EXPECT_GT(covered, kRuns * 0.89);
  EXPECT_LT(covered, kRuns * 0.985);
}

/// As a study has them: three cells of each arm, trained twice.
TEST(Statistics, FewCellsDecideFalselyInFiveOfAHundred) {
  for (const double between : {0.0, 1.0, 3.0}) {
    int decided = 0;
    constexpr int kRuns = 400;
    for (int run = 0; run < kRuns; ++run) {
      Random random(4, static_cast<uint64_t>(run), "cells and seeds");
      const auto arm = [&] {
        Groups groups;
        for (int i = 0; i < 3; ++i) {
          const double cell = between * random.normal();
          groups.push_back({cell + random.normal(), cell + random.normal()});
        }
        return groups;
      };
      const Groups ours = arm(), theirs = arm();
      const Interval interval = bootstrap_difference(ours, theirs).interval;
      decided += interval.low > 0 || interval.high < 0;
    }
    EXPECT_LT(decided, kRuns * 0.09) << between;
  }
}

TEST(Statistics, OneTrainingDecidesNothing) {
  EXPECT_FALSE(has_spread({}));
  EXPECT_FALSE(has_spread({{0.5}}));
  EXPECT_TRUE(has_spread({{0.5, 0.6}}));
  EXPECT_TRUE(has_spread({{0.5}, {0.6}}));
  StudyResult result;
  result.search = {done(0, 0.5, 0)};
  result.baseline = {done(0, 0.4, 1)};
  result.retrain = {done(0, 0.9, 0), done(1, 0.8, 1)};
  const Findings findings = find(result);
  EXPECT_EQ(findings.search.size(), 1u);
  EXPECT_FALSE(findings.search_mean || findings.difference);
}

TEST(Statistics, RepeatsDoNotMakeAMeanSurer) {
  std::vector<Trial> trials = {done(0, 0.4, 0), done(1, 0.6, 1)};
  const double error = mean_reward(trials).standard_error;
  for (int i = 2; i < 10; ++i) {
    trials.push_back(done(i, i % 2 ? 0.6 : 0.4, i % 2));
    trials.back().repeats = i % 2;
  }
  EXPECT_NEAR(mean_reward(trials).standard_error, error, 0.4 * error);
  EXPECT_EQ(mean_reward(trials).count, 10);
}

TEST(Statistics, BootstrapIsTheSameEveryTimeAndHoldsItsEstimate) {
  const Groups a = {{0.7, 0.72}, {0.8, 0.79, 0.81}}, b = {{0.5}, {0.52}};
  const Estimate one = bootstrap_difference(a, b), two = bootstrap_difference(a, b);
  EXPECT_EQ(one.interval, two.interval);
  EXPECT_NEAR(one.value, 0.755 - 0.51, 1e-12);
  EXPECT_GT(one.interval.low, 0.05);
  EXPECT_LE(one.interval.low, one.value);
  EXPECT_GE(one.interval.high, one.value);
}

TEST(Findings, CompareTheArmsAndCorrelateTheSample) {
  StudyResult result;
  for (int i = 0; i < 10; ++i) {
    result.search.push_back(done(i, 0.5 + 0.01 * i, i));
    result.baseline.push_back(done(i, 0.4 + 0.01 * i, 100 + i));
    result.sample.push_back(done(i, 0.6 + 0.02 * i, i));
    // Those that went on to further rungs have other rewards: the first rung's are compared.
    result.search.back().rungs = {0.1 + 0.01 * i};
  }
  for (int seed = 0; seed < 3; ++seed) {
    result.retrain.push_back(done(0, 0.9 + 0.001 * seed, 9));
    result.retrain.push_back(done(0, 0.7 + 0.001 * seed, 109));
  }
  const Findings findings = find(result);
  ASSERT_EQ(findings.search.size(), 1u);
  EXPECT_EQ(findings.search[0].trial, 9);
  EXPECT_EQ(findings.search[0].rewards.size(), 3u);
  ASSERT_EQ(findings.baseline.size(), 1u);
  EXPECT_GT(findings.difference->interval.low, 0.19);
  EXPECT_DOUBLE_EQ(findings.kendall->value, 1);
  EXPECT_EQ(findings.sampled, 10);
  const Findings none = find({});
  EXPECT_FALSE(none.search_mean || none.difference || none.kendall);
}

std::string all_alarms(const StudyResult& result, double weightless = 0) {
  std::string text;
  for (const Alarm& alarm : alarms(result, [&](const space::Choices&) { return weightless; }))
    text += alarm.text + "\n";
  return text;
}

TEST(Alarms, AreRaisedByWhatTheyNameOnly) {
  StudyResult healthy;
  for (int i = 0; i < 200; ++i) healthy.search.push_back(done(i, 0.5 + 0.001 * (i % 50), i));
  healthy.entropy_share = 0.8;
  EXPECT_EQ(all_alarms(healthy), "");
  EXPECT_NE(all_alarms(healthy, 0.9).find("90 % of the best candidate's operations"),
            std::string::npos);
  StudyResult closed = healthy;
  closed.entropy_share = 0.01;
  EXPECT_NE(all_alarms(closed).find("the policy has collapsed"), std::string::npos);
  StudyResult repeating = healthy;
  for (size_t i = 130; i < 200; ++i) repeating.search[i].repeats = 3;
  EXPECT_NE(all_alarms(repeating).find("70 % of the latest 100 candidates repeat"),
            std::string::npos);
  StudyResult flat = healthy;
  for (Trial& trial : flat.search) trial.reward = 0.1;
  EXPECT_NE(all_alarms(flat).find("near zero"), std::string::npos);
  for (size_t i = 0; i < flat.search.size(); ++i)
    flat.search[i].reward = 1e-7 * static_cast<double>(i % 50);
  flat.objective = Objective("minimize parameters");
  EXPECT_EQ(all_alarms(flat), "") << "rewards of other objectives are as small as they are";
  flat.search.resize(10);
  EXPECT_EQ(all_alarms(flat), "") << "ten trials tell nothing";
}

}  // namespace
}  // namespace nasnet::search
