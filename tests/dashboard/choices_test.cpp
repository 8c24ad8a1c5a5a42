#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/random.h"
#include "nasnet/dashboard/choice_effects.h"
#include "nasnet/dashboard/choice_shares.h"
#include "nasnet/space/nasbench201.h"

namespace nasnet::dashboard {
namespace {

using search::TrialState;

/// Two decisions of two choices each, without names of their own.
class TwoBits : public space::SearchSpace {
 public:
  std::string name() const override { return "bits"; }
  const std::vector<space::Decision>& decisions() const override { return decisions_; }

 private:
  std::vector<space::Decision> decisions_ = {{"a", 0, 2}, {"b", 0, 2}};
};

struct Arm {
  ArmColumns columns;
  ArmTable table{.decisions = 2};
  void add(uint16_t a, uint16_t b, double reward, TrialState state = TrialState::kDone,
           uint8_t repeats = 0) {
    columns.state.push_back(state);
    columns.reward.push_back(reward);
    columns.repeats.push_back(repeats);
    table.choices.insert(table.choices.end(), {a, b});
    table.done.push_back(state == TrialState::kDone);
  }
};

TEST(ChoiceGroups, OfCellsAreTheirInputsOperationsAndCombinations) {
  const auto groups = choice_groups(space::NasnetSpace({.blocks = 3}));
  ASSERT_EQ(groups.size(), 6u);
  EXPECT_EQ(groups[0].cell, "normal");
  EXPECT_EQ(groups[0].about, "left, right");
  EXPECT_EQ(groups[0].choices, (std::vector<std::string>{"h", "p", "0", "1"}));
  EXPECT_EQ(groups[0].decisions, (std::vector<size_t>{0, 1, 5, 6, 10, 11}));
  EXPECT_EQ(groups[1].about, "left_op, right_op");
  EXPECT_EQ(groups[1].choices.size(), 13u);
  EXPECT_EQ(groups[5].cell, "reduction");
  EXPECT_EQ(groups[5].about, "combine");
  const auto edges = choice_groups(space::Nasbench201Space());
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_EQ(edges[0].decisions.size(), 6u);
  EXPECT_EQ(edges[0].choices[3], "nor_conv_3x3");
  EXPECT_EQ(choice_groups(TwoBits()).size(), 1u) << "of one kind";
}

TEST(ChoiceShares, AreOfWindows) {
  Arm arm;
  arm.add(0, 0, 0);
  arm.add(0, 1, 0, TrialState::kFailed);
  arm.add(1, 1, 0, TrialState::kDone, 1);
  arm.add(1, 1, 0);
  arm.add(0, 1, 0);
  const auto groups = choice_groups(TwoBits());
  const auto windows = choice_shares(arm.table, groups, 5, 3);
  ASSERT_EQ(windows.size(), 3u);
  EXPECT_EQ(windows[0].shares, (std::vector<std::vector<double>>{{0.75, 0.25}}));
  EXPECT_EQ(windows[1].shares, (std::vector<std::vector<double>>{{0, 1}}));
  EXPECT_EQ(windows[2].first, 4);
  EXPECT_EQ(windows[2].end, 5);
  EXPECT_EQ(windows[2].shares, (std::vector<std::vector<double>>{{0.5, 0.5}}));
  EXPECT_EQ(choice_shares(arm.table, groups, 2, 1).size(), 1u);
  EXPECT_TRUE(choice_shares(arm.table, groups, 0, 3).empty());
}

/// Rewards 1, 3 with a = 1 and 0, 1, 2 without it: their means are 2 and 1, the variances of these
/// 1 and 1/3, so that 1.6 degrees of freedom are left (16/9 over 1 + 1/18) and one is counted.
TEST(ChoiceEffects, AreDifferencesOfMeansWithWelchsInterval) {
  Arm arm;
  arm.add(1, 0, 1);
  arm.add(1, 0, 3);
  arm.add(0, 0, 0);
  arm.add(0, 0, 1);
  arm.add(0, 1, 2);
  arm.add(1, 0, 50, TrialState::kFailed);
  arm.add(1, 0, 50, TrialState::kDone, 1);
  const auto effects = choice_effects(arm.table, arm.columns, search::Objective(), TwoBits(), 99,
                                      EffectsBy::kDecision);
  ASSERT_EQ(effects.size(), 4u);
  EXPECT_EQ(effects[1].about, "a");
  EXPECT_EQ(effects[1].choice, "1");
  EXPECT_EQ(effects[1].with, 2);
  EXPECT_EQ(effects[1].without, 3);
  ASSERT_TRUE(effects[1].effect);
  EXPECT_DOUBLE_EQ(effects[1].effect->value, 1);
  const double half = 12.706 * std::sqrt(4.0 / 3);
  EXPECT_NEAR(effects[1].effect->interval.low, 1 - half, 1e-9);
  EXPECT_NEAR(effects[1].effect->interval.high, 1 + half, 1e-9);
  EXPECT_NEAR(effects[0].effect->value, -1, 1e-12);
  EXPECT_FALSE(effects[3].effect) << "one trial has no spread";
  // Of the group: at least one of both decisions.
  const auto grouped =
      choice_effects(arm.table, arm.columns, search::Objective(), TwoBits(), 99, EffectsBy::kGroup);
  ASSERT_EQ(grouped.size(), 2u);
  EXPECT_EQ(grouped[1].with, 3);
  EXPECT_NEAR(grouped[1].effect->value, 2 - 0.5, 1e-12);
  EXPECT_EQ(grouped[0].without, 0);
  EXPECT_FALSE(grouped[0].effect);
}

/// As if the trials with and without had been added up apart.
TEST(ChoiceEffects, OfManyTrialsAreExact) {
  Arm arm;
  search::Moments with, without;
  for (int i = 0; i < 5000; ++i) {
    Random random(2, static_cast<uint64_t>(i), "effects");
    const auto a = static_cast<uint16_t>(random.below(2));
    const double reward = 0.9 + 0.001 * random.normal() + 0.0005 * a;
    arm.add(a, 0, reward);
    (a == 1 ? with : without).add(reward);
  }
  const auto effects = choice_effects(arm.table, arm.columns, search::Objective(), TwoBits(), 5000,
                                      EffectsBy::kDecision);
  const search::Estimate expected = search::welch_difference(with, without);
  EXPECT_NEAR(effects[1].effect->value, expected.value, 1e-12);
  EXPECT_NEAR(effects[1].effect->interval.low, expected.interval.low, 1e-10);
  EXPECT_GT(effects[1].effect->interval.low, 0);
}

TEST(ChoiceEffects, SayThatTheyAreCorrelations) {
  const std::vector<ChoiceEffect> effects(100, {"a", "1", 5, 5, search::Estimate()});
  for (const bool drawn : {true, false}) {
    const std::string text = effects_caution(effects, drawn);
    EXPECT_NE(text.find("correlations, no causes"), std::string::npos);
    EXPECT_NE(text.find("Of 100 intervals of 95 % about 5"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace nasnet::dashboard
