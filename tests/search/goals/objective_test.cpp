#include "nasnet/search/goals/objective.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/search/store/retry.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

double reward(const std::string& objective, const Measurements& measurements) {
  return Objective(objective).reward(measurements);
}

std::string refusal(const std::string& text) {
  return message_of<InputError>([&] { Objective objective(text); });
}

void expect_refusal(const std::string& text, const std::string& part) {
  const std::string message = refusal(text);
  EXPECT_TRUE(message.starts_with("--objective \"" + text + "\": ")) << message;
  EXPECT_NE(message.find(part), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(Objective, IsTheAccuracyWhereNothingElseIsSaid) {
  EXPECT_EQ(Objective(), Objective("accuracy"));
  EXPECT_EQ(Objective(), Objective(" maximize  accuracy "));
  EXPECT_TRUE(Objective().is_accuracy());
  EXPECT_FALSE(Objective("minimize accuracy").is_accuracy());
  for (const double value : {0.0, 1.0 / 3, 0.1 + 0.2, 1e-300, 5e-324})
    EXPECT_EQ(reward("accuracy", {{"accuracy", value}, {"parameters", 7}}), value);
}

TEST(Objective, OneGoalToBeMaximizedIsItself) {
  EXPECT_EQ(reward("own_score", {{"own_score", -12.25}}), -12.25);
  EXPECT_EQ(reward("maximize own_score", {{"own_score", 1e30}}), 1e30);
}

TEST(Objective, OneGoalToBeMinimizedIsItsInverse) {
  EXPECT_EQ(reward("minimize latency", {{"latency", 4}}), 0.25);
  EXPECT_EQ(reward("minimize parameters around 2M weight 1", {{"parameters", 4e6}}), 0.5);
}

TEST(Objective, SoftTradeIsMnasNets) {
  // Equation 2 with alpha = beta = -0.07: a latency of twice the target costs 5 %.
  const std::string text = "accuracy, minimize latency around 80";
  EXPECT_EQ(reward(text, {{"accuracy", 0.75}, {"latency", 80}}), 0.75);
  EXPECT_DOUBLE_EQ(reward(text, {{"accuracy", 0.75}, {"latency", 160}}),
                   0.75 * std::pow(160.0 / 80, -0.07));
  EXPECT_NEAR(reward(text, {{"accuracy", 0.75}, {"latency", 160}}), 0.75 / 1.05, 5e-4);
  EXPECT_DOUBLE_EQ(reward(text, {{"accuracy", 0.75}, {"latency", 40}}), 0.75 * std::pow(2, 0.07));
  EXPECT_EQ(
      reward("accuracy, minimize latency around 80 weight 2", {{"accuracy", 0.5}, {"latency", 40}}),
      2);
  EXPECT_EQ(reward("accuracy, images_a_second around 100 weight 2",
                   {{"accuracy", 0.5}, {"images_a_second", 50}}),
            0.125);
}

TEST(Objective, HardTradeGainsNothingBeyondTheTarget) {
  // Equation 3 with alpha = 0, beta = -1.
  const std::string text = "accuracy, minimize latency to 80";
  for (const double latency : {0.0, 1.0, 79.0, 80.0})
    EXPECT_EQ(reward(text, {{"accuracy", 0.75}, {"latency", latency}}), 0.75);
  EXPECT_EQ(reward(text, {{"accuracy", 0.75}, {"latency", 160}}), 0.375);
}

TEST(Objective, LimitsRankFeasibleFirstThenByExcess) {
  const Objective objective("accuracy, parameters <= 2M, multiply_adds <= 40M");
  const auto rated = [&](double accuracy, double parameters, double multiply_adds) {
    return objective.reward(
        {{"accuracy", accuracy}, {"parameters", parameters}, {"multiply_adds", multiply_adds}});
  };
  EXPECT_EQ(rated(0.5, 2e6, 4e7), 0.5) << "on the limit is within";
  EXPECT_EQ(rated(0, 1, 1), 0);
  EXPECT_EQ(rated(1, 4e6, 1), -0.5) << "an excess of 1";
  EXPECT_EQ(rated(1, 3e6, 6e7), -0.5) << "of a half each";
  EXPECT_EQ(rated(1, 8e6, 1), -0.75);
  EXPECT_LT(rated(0.9, std::nextafter(2e6, 3e6), 1), 0);
  EXPECT_GE(rated(0.9, 1e300, 1e300), -1);
  EXPECT_EQ(objective.excess({{"parameters", 3e6}, {"multiply_adds", 1}}), 0.5);
  EXPECT_TRUE(objective.admits(0));
  EXPECT_FALSE(objective.admits(-1e-9));
  EXPECT_TRUE(Objective().admits(-1e9)) << "of no limit nothing is beyond";
}

TEST(Objective, ALowerLimitHoldsAccuracyUp) {
  const std::string text = "minimize parameters, accuracy >= 0.8";
  EXPECT_EQ(reward(text, {{"accuracy", 0.8}, {"parameters", 4}}), 0.25);
  EXPECT_DOUBLE_EQ(reward(text, {{"accuracy", 0.4}, {"parameters", 4}}), -1.0 / 3);
  EXPECT_DOUBLE_EQ(reward("accuracy, loss <= 0", {{"accuracy", 1}, {"loss", 3}}), -0.75)
      << "of a bound of 0 the excess is taken as it is";
}

TEST(Objective, NamesItsMeasurementsOnce) {
  const Objective objective("accuracy,minimize latency around 8,latency<=10,accuracy>=0.5");
  EXPECT_EQ(objective.measurements(), (std::vector<std::string>{"accuracy", "latency"}));
  EXPECT_EQ(objective.limits()[0].text, "latency<=10");
  EXPECT_EQ(Objective("a <= 3k, b").limits()[0].bound, 3000);
  EXPECT_EQ(Objective("a <= 1.5G, b").limits()[0].bound, 1.5e9);
}

TEST(Objective, ThatCannotBeReadIsNamed) {
  expect_refusal("", "cannot be read");
  expect_refusal("accuracy,", "cannot be read");
  expect_refusal("accuracy parameters", "'accuracy parameters' cannot be read; write goals");
  expect_refusal("parameters <= many, accuracy", "'parameters <= many'");
  expect_refusal("accuracy, parameters <=", "'parameters <='");
  expect_refusal("accuracy, parameters <= nan", "'parameters <= nan'");
  expect_refusal("accuracy, parameters <= inf", "'parameters <= inf'");
  expect_refusal("accuracy, parameters <= 3X", "'parameters <= 3X'");
  expect_refusal("accuracy, parameters < 3M", "'parameters < 3M'");
  expect_refusal("accuracy, minimize parameters <= 3M", "'minimize parameters <= 3M'");
  expect_refusal("accuracy, minimize latency around 0", "'minimize latency around 0'");
  expect_refusal("accuracy, minimize latency to 5 weight -1", "weight -1");
  expect_refusal("minimize", "'minimize'");
}

TEST(Objective, ThatIsOfOddBytesIsNamedInOneLine) {
  EXPECT_TRUE(refusal("accuracy\n\x80 x").starts_with("--objective \"accuracy\\x0A\\x80 x\": "))
      << refusal("accuracy\n\x80 x");
}

TEST(Objective, OfSeveralLinesIsRefused) {
  EXPECT_EQ(refusal("accuracy,\nparameters <= 3M"),
            "--objective \"accuracy,\\x0Aparameters <= 3M\": it must be one line of text");
}

TEST(Objective, OfAnyWordsIsReadOrRefusedInOneLine) {
  const std::vector<std::string> words = {"accuracy", "latency", "minimize", "maximize", "around",
                                          "to",       "weight",  "<=",       ">=",       "3M",
                                          "-1",       "0",       ",",        ",",        "\n",
                                          "\xff",     "1e999",   "="};
  Random random(1, 0, "objectives");
  int readable = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (uint32_t length = random.below(8); length > 0; --length)
      text += words[random.below(static_cast<uint32_t>(words.size()))] + " ";
    try {
      const Objective objective(text);
      ++readable;
      EXPECT_TRUE(std::isfinite(objective.reward({{"accuracy", 0.5}, {"latency", 2}}))) << text;
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }
  EXPECT_GT(readable, 100);
}

TEST(Objective, ThatContradictsItselfIsNamed) {
  expect_refusal("accuracy, minimize accuracy", "accuracy is a goal twice");
  expect_refusal("accuracy, latency <= 3, latency >= 5",
                 "nothing is both latency <= 3 and latency >= 5");
  expect_refusal("accuracy, latency <= 3, latency <= 5", "give one of them");
  expect_refusal("parameters <= 3M", "names limits only");
  expect_refusal("accuracy, minimize latency", "all but one need a target");
}

TEST(Objective, DemandsMeasurementsThatThereAre) {
  const std::vector<std::string> there = {"accuracy", "parameters", "multiply_adds"};
  EXPECT_NO_THROW(Objective("accuracy, parameters <= 3M").demand(there));
  const auto refusal = [&](const std::string& text) {
    return message_of<InputError>([&] { Objective(text).demand(there); });
  };
  EXPECT_EQ(refusal("acuracy"),
            "--objective: unknown measurement 'acuracy'; did you mean 'accuracy'?");
  EXPECT_EQ(refusal("accuracy, latency <= 3"),
            "--objective: unknown measurement 'latency'; choose from accuracy, parameters, "
            "multiply_adds");
}

TEST(Objective, HasNoRewardForNumbersThatAreNone) {
  for (const double value : std::vector<double>{NAN, INFINITY, -INFINITY}) {
    EXPECT_EQ(message_of<NotANumber>([&] {
                reward("accuracy", {{"accuracy", value}});
              }),
              "the accuracy is not a number");
    EXPECT_EQ(message_of<NotANumber>([&] {
                reward("accuracy, loss <= 3", {{"accuracy", 1}, {"loss", value}});
              }),
              "the loss is not a number");
  }
  EXPECT_EQ(message_of<NotANumber>([&] {
              reward("minimize loss", {{"loss", 0}});
            }),
            "the reward is not a number");
  EXPECT_NE(message_of<NotANumber>([&] {
              reward("score, size <= 3", {{"score", -1}, {"size", 1}});
            }).find("the score is -1: goals that are limited"),
            std::string::npos);
}

/// A trial that was measured so, under this objective.
Trial measured(const std::string& objective, const Measurements& measurements) {
  Trial trial;
  trial.arm = kSearchArm;
  note_result(trial, measurements, Objective(objective));
  return trial;
}

TEST(Objective, ATrialWithoutARewardHasFailed) {
  const Trial missing = measured("accuracy, latency <= 3", {{"accuracy", 0.5}, {"latncy", 2}});
  EXPECT_EQ(missing.state, TrialState::kFailed);
  EXPECT_EQ(missing.cause, Cause::kException);
  EXPECT_EQ(missing.message,
            "the objective asks for 'latency', which was not measured; did you mean 'latncy'?");
  const Trial no_number = measured("accuracy", {{"accuracy", NAN}});
  EXPECT_EQ(no_number.state, TrialState::kFailed);
  EXPECT_EQ(no_number.cause, Cause::kNotANumber);
}

TEST(Objective, MeasurementsThatAreNoNumbersAreLeftOutWhereNothingAsksForThem) {
  const Trial trial = measured("accuracy", {{"accuracy", 0.5}, {"train_loss", INFINITY}});
  EXPECT_EQ(trial.state, TrialState::kDone);
  EXPECT_EQ(trial.measurements, (Measurements{{"accuracy", 0.5}}));
  EXPECT_EQ(trial.rungs, std::vector<double>{0.5});
}

}  // namespace
}  // namespace nasnet::search
