#include "nasnet/report/reward_text.h"

#include <gtest/gtest.h>

#include "nasnet/report/no_result.h"

namespace nasnet::report {
namespace {

using search::Objective;

search::Trial done(int64_t number, const Objective& objective,
                   const search::Measurements& measurements) {
  search::Trial trial;
  trial.arm = search::kSearchArm;
  trial.number = number;
  search::note_result(trial, measurements, objective);
  return trial;
}

TEST(RewardText, OfAccuraciesIsInPercent) {
  for (const char* objective : {"accuracy", "accuracy, parameters <= 3M"}) {
    const RewardText rewards{Objective(objective)};
    EXPECT_EQ(rewards.value(0.91234), "91.23 %");
    EXPECT_EQ(rewards.range({0.9, 0.925}), "90.00 to 92.50 %");
    EXPECT_EQ(rewards.spread({0.5, 0.0125, 9}), "50.00 +- 1.25 %");
    EXPECT_EQ(rewards.estimate({0.5, {0.25, 0.75}}), "50.00 % (25.00 to 75.00 %)");
  }
}

TEST(RewardText, OfOthersIsTheNumber) {
  const RewardText rewards{Objective("accuracy, minimize latency to 5")};
  EXPECT_EQ(rewards.value(0.91234), "0.9123");
  EXPECT_EQ(rewards.range({0.9, 0.925}), "0.9 to 0.925");
  EXPECT_EQ(rewards.estimate({0.5, {0.25, 0.75}}), "0.5 (0.25 to 0.75)");
}

TEST(RewardText, TellsTheMeasurementsThatCountBesideTheReward) {
  const search::Measurements measured = {
      {"accuracy", 0.5}, {"parameters", 1234567}, {"latency", 1.23456}, {"train_loss", 2}};
  EXPECT_EQ(objective_values(Objective(), measured), "");
  EXPECT_EQ(objective_values(Objective("accuracy, parameters <= 3M"), measured),
            "parameters 1,234,567");
  EXPECT_EQ(objective_values(Objective("minimize latency, accuracy >= 0.5"), measured),
            "latency 1.235, accuracy 50.00 %");
}

TEST(NoResult, WithoutACandidateWithinTheLimitsNamesTheNearest) {
  search::StudyResult result;
  result.objective = Objective("accuracy, parameters <= 3M, multiply_adds<=20M");
  for (int i = 0; i < 3; ++i)
    result.search.push_back(
        done(i, result.objective,
             {{"accuracy", 0.5}, {"parameters", 4e6 + std::abs(i - 1)}, {"multiply_adds", 1e6}}));
  EXPECT_EQ(count_beyond_limits(result.search, result.objective), 3);
  EXPECT_EQ(explain_no_result({}, result),
            "no candidate keeps parameters <= 3M, multiply_adds<=20M; trial 1 of the search comes "
            "nearest: parameters 4,000,000, multiply_adds 1,000,000; search on with more --trials, "
            "or give another --objective to another --study");
}

}  // namespace
}  // namespace nasnet::report
