#include "nasnet/search/goals/goal.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/search/goals/candidates.h"
#include "nasnet/search/goals/hard_limit.h"
#include "tests/search/goals/sum_counter.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {
namespace {

template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Goals, KnowTheirDirections) {
  const Goals goals({"accuracy", "multiply_adds", "maximize beauty", "minimize odour"});
  EXPECT_EQ(goals.losses({{"accuracy", 0.9}, {"multiply_adds", 5}, {"beauty", 2}, {"odour", 3}}),
            (Losses{-0.9, 5, -2, 3}));
  EXPECT_EQ(goals[0].text(), "accuracy");
  EXPECT_EQ(goals[2].text(), "maximize beauty");
  EXPECT_EQ(Goals({"minimize accuracy", "ap50"})[0].text(), "minimize accuracy");
  for (const char* name : {"ap", "ap_small", "test_accuracy"}) EXPECT_EQ(usual_direction(name), 1);
  for (const char* name : {"latency_ms", "parameters", "joules", "memory", "train_loss", "mflops"})
    EXPECT_EQ(usual_direction(name), -1);
  EXPECT_EQ(usual_direction("beauty"), 0);
}

TEST(Goals, RefuseTextsThatSayNothing) {
  EXPECT_NE(message_of([] {
              Goals({"beauty", "accuracy"});
            }).find("\"maximize beauty\""),
            std::string::npos);
  EXPECT_NE(message_of([] { Goals({"accuracy", "accuracy"}); }).find("twice"), std::string::npos);
  EXPECT_NE(message_of([] { Goals({"parameters"}); }).find("one goal has no front"),
            std::string::npos);
  for (const char* text : {"", "a b", "minimize", "minimize a b", "a;b", "maximize maximize x"})
    EXPECT_THROW(Goals({text, "accuracy"}), InputError) << text;
}

TEST(Goals, WantAReferenceForEach) {
  const Goals goals({"accuracy", "multiply_adds"});
  EXPECT_EQ(goals.reference({"multiply_adds=20M", "accuracy=0.8"}), (Losses{-0.8, 20e6}));
  EXPECT_NE(message_of([&] { goals.reference({"accuracy=0.8"}); }).find("multiply_adds=VALUE"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              goals.reference({"accuracy=0.8", "multiply_add=1"});
            }).find("did you mean"),
            std::string::npos);
  for (const char* text : {"accuracy", "accuracy=", "accuracy=x", "=1", "accuracy=nan"})
    EXPECT_THROW(goals.reference({text, "multiply_adds=1"}), InputError) << text;
  EXPECT_THROW(goals.reference({"accuracy=1", "accuracy=1", "multiply_adds=1"}), InputError);
  EXPECT_TRUE(Goals().reference({}).empty());
}

TEST(HardLimits, AreBoundsOnBothSides) {
  const auto limits = parse_hard_limits({"a=30M", "b>=2", "b<=5k"});
  EXPECT_TRUE(admits(limits, {{"a", 30e6}, {"b", 2}}));
  EXPECT_FALSE(admits(limits, {{"a", 30000001}, {"b", 2}}));
  EXPECT_FALSE(admits(limits, {{"a", 1}, {"b", 1.9}}));
  EXPECT_FALSE(admits(limits, {{"a", 1}, {"b", 5001}}));
  EXPECT_THROW(admits(limits, {{"a", 1}}), InputError);
  for (const auto& texts : std::vector<std::vector<std::string>>{
           {"a"}, {"a<3"}, {"a>3"}, {"a=x"}, {"=3"}, {""}, {"a=1", "a<=2"}, {"a>=3", "a=2"}})
    EXPECT_THROW(parse_hard_limits(texts), InputError) << texts[0];
}

TEST(Candidates, KnowWhatCanBeCounted) {
  const ToySpace space;
  const Goals goals({"accuracy", "minimize sum"});
  const Candidates candidates(space, goals, {0, 100}, parse_hard_limits({"sum=3"}),
                              std::make_shared<SumCounter>());
  space::Choices choices(space.decisions().size(), 0);
  choices[0] = choices[1] = 1;
  EXPECT_TRUE(candidates.admits(choices));
  EXPECT_EQ(candidates.known_losses(choices)[1], 2);
  EXPECT_FALSE(candidates.known_losses(choices)[0].has_value());
  EXPECT_EQ(candidates.unknown_goals(), std::vector<size_t>{0});
  choices[2] = choices[3] = 1;
  EXPECT_FALSE(candidates.admits(choices));
  EXPECT_TRUE(Candidates(space).admits(choices));
  EXPECT_NE(message_of([&] {
              Candidates(space, {}, {}, parse_hard_limits({"accuracy=3"}),
                         std::make_shared<SumCounter>());
            }).find("not known before"),
            std::string::npos);
}

TEST(Screens, PickTheLeastSumOfRanks) {
  const Screen screen{4, {{"a", true}, {"b", false}}};
  // Ranks by a: 2 0 1 3 (missing); by b: 0 2 1 3.
  EXPECT_EQ(screen.best_of(
                {{{"a", 1}, {"b", 1}}, {{"a", 3}, {"b", 3}}, {{"a", 2}, {"b", 2}}, {{"b", 9}}}),
            0u);
  EXPECT_EQ(screen.best_of({{{"a", 1}, {"b", 5}}, {{"a", 3}, {"b", 2}}}), 1u);
  EXPECT_EQ(parse_screen_term("minimize parameters").text(), "minimize parameters");
  EXPECT_EQ(parse_screen_term("jacov").text(), "jacov");
}

}  // namespace
}  // namespace nasnet::search
