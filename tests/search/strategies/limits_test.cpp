#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/search/strategies/controller.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "tests/search/goals/sum_counter.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {
namespace {

Candidates limited(const space::SearchSpace& space, const std::string& limit) {
  return Candidates(space, {}, {}, parse_hard_limits({limit}), std::make_shared<SumCounter>());
}

Candidates with_goals(const space::SearchSpace& space, const std::string& limit) {
  return Candidates(space, Goals({kAccuracy, "minimize sum"}), {0, 60}, parse_hard_limits({limit}),
                    std::make_shared<SumCounter>());
}

std::vector<Observation> rewarded(const Candidates& candidates,
                                  const std::vector<space::Choices>& proposals) {
  std::vector<Observation> observations;
  for (const space::Choices& choices : proposals) {
    Observation one{choices, toy_reward(candidates.space(), choices), {}};
    if (!candidates.goals().empty())
      one.losses = {-*one.reward, *candidates.known_losses(choices)[1]};
    if (observations.size() % 7 == 6) one = {choices, std::nullopt, {}};  // a trial that failed
    observations.push_back(std::move(one));
  }
  return observations;
}

/// Every admitted candidate, by counting up.
std::vector<space::Choices> all_admitted(const Candidates& candidates) {
  const auto& decisions = candidates.space().decisions();
  std::vector<space::Choices> all;
  for (space::Choices choices(decisions.size(), 0);;) {
    if (candidates.admits(choices)) all.push_back(choices);
    size_t at = 0;
    while (at < choices.size() && ++choices[at] == decisions[at].choices) choices[at++] = 0;
    if (at == choices.size()) return all;
  }
}

/// The sum over candidates of weight x gradient of the log-probability.
std::vector<double> weighted_gradient(const Controller<double>& controller,
                                      const std::vector<space::Choices>& choices,
                                      const std::vector<double>& weights) {
  Controller<double>::Tape tape;
  controller.forward(choices, tape);
  std::vector<double> by_log(choices.size() * controller.steps()), none(by_log.size(), 0), gradient;
  for (size_t i = 0; i < by_log.size(); ++i) by_log[i] = weights[i / controller.steps()];
  controller.backward(tape, by_log, none, gradient);
  return gradient;
}

double log_probability(const Controller<double>::Tape& tape, size_t candidate, size_t steps) {
  double sum = 0;
  for (size_t t = 0; t < steps; ++t) sum += tape.log_probability[candidate * steps + t];
  return sum;
}

/// The mean reward of what the policy proposes under the limit.
double limited_objective(const Controller<double>& controller, const Candidates& candidates,
                         const std::vector<space::Choices>& admitted) {
  Controller<double>::Tape tape;
  controller.forward(admitted, tape);
  double mass = 0, sum = 0;
  for (size_t i = 0; i < admitted.size(); ++i) {
    const double p = std::exp(log_probability(tape, i, controller.steps()));
    mass += p;
    sum += p * toy_reward(candidates.space(), admitted[i]);
  }
  return sum / mass;
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

/// Draws that are repeated until the limit admits them, with the mean reward as the baseline, give
/// the gradient of the limited objective: enumerated over a space of 1,024 candidates.
TEST(LimitedPolicy, DrawsGiveTheGradientOfTheLimitedObjective) {
  const ToySpace space(1, 2);
  const Candidates candidates = limited(space, "sum=4");
  const std::vector<space::Choices> admitted = all_admitted(candidates);
  ASSERT_GT(admitted.size(), 100u);
  ASSERT_LT(admitted.size(), 700u);
  PpoSettings settings;
  settings.hidden = 8;
  settings.avoid_repeats = false;
  settings.minibatch = 1000000;
  const uint64_t seed = 3;
  PpoStrategy strategy(candidates, settings, seed);
  const Controller<double> controller(space.decisions(), settings.hidden, seed);

  // By enumeration; checked by finite differences along the gradient itself.
  const double mean = limited_objective(controller, candidates, admitted);
  Controller<double>::Tape tape;
  controller.forward(admitted, tape);
  std::vector<double> weights;
  double mass = 0;
  for (size_t i = 0; i < admitted.size(); ++i) {
    weights.push_back(std::exp(log_probability(tape, i, controller.steps())));
    mass += weights.back();
  }
  for (size_t i = 0; i < admitted.size(); ++i)
    weights[i] *= (toy_reward(space, admitted[i]) - mean) / mass;
  const std::vector<double> exact = weighted_gradient(controller, admitted, weights);
  double square = 0;
  for (const double g : exact) square += g * g;
  const double step = 1e-5 / std::sqrt(square);
  Controller<double> ahead = controller, behind = controller;
  for (size_t i = 0; i < exact.size(); ++i) {
    ahead.parameters()[i] += step * exact[i];
    behind.parameters()[i] -= step * exact[i];
  }
  const double slope = (limited_objective(ahead, candidates, admitted) -
                        limited_objective(behind, candidates, admitted)) /
                       (2 * step);
  EXPECT_NEAR(slope / square, 1, 1e-6);

  const std::vector<space::Choices> drawn = strategy.propose(60000);
  double drawn_mean = 0;
  for (const space::Choices& choices : drawn) {
    ASSERT_TRUE(candidates.admits(choices));
    drawn_mean += toy_reward(space, choices) / static_cast<double>(drawn.size());
  }
  std::vector<double> sampled;
  for (const space::Choices& choices : drawn)
    sampled.push_back((toy_reward(space, choices) - drawn_mean) /
                      static_cast<double>(drawn.size()));
  EXPECT_GE(cosine(weighted_gradient(controller, drawn, sampled), exact), 0.99);
  // Without the baseline it is another one.
  for (size_t i = 0; i < drawn.size(); ++i)
    sampled[i] = toy_reward(space, drawn[i]) / static_cast<double>(drawn.size());
  EXPECT_LT(cosine(weighted_gradient(controller, drawn, sampled), exact), 0.9);
}

/// A limit that one candidate in some ten thousand keeps.
TEST(LimitedPolicy, WithoutALuckyDrawProposesUniformlyAndLearnsNothingOfThat) {
  const ToySpace space(1, 6);
  const Candidates candidates = limited(space, "sum=2");
  PpoSettings settings;
  settings.hidden = 6;
  settings.minibatch = 4;
  PpoStrategy strategy(candidates, settings, 1);
  for (int i = 0; i < 4; ++i) {
    const auto proposals = strategy.propose(2);
    for (const space::Choices& choices : proposals) EXPECT_TRUE(candidates.admits(choices));
    strategy.observe(rewarded(candidates, proposals));
    PpoStrategy other(candidates, settings, 1);
    other.restore(strategy.save());
    EXPECT_EQ(other.save(), strategy.save());
    EXPECT_EQ(other.undrawn(), strategy.undrawn());
  }
  EXPECT_GE(strategy.undrawn(), 2);
  EXPECT_LE(strategy.undrawn(), 8);
  // Where all are drawn, the state has nothing that it had not before.
  PpoStrategy free(limited(space, "sum=100"), settings, 1), unlimited(space, settings, 1);
  EXPECT_EQ(free.propose(8), unlimited.propose(8));
  EXPECT_EQ(free.undrawn(), 0);
  EXPECT_EQ(free.save().size(), unlimited.save().size());
}

class LimitedStrategies : public testing::TestWithParam<StrategyKind> {};

TEST_P(LimitedStrategies, GoOnFromTheirStateBitForBit) {
  const ToySpace space(2, 4);
  for (const Candidates& candidates :
       {limited(space, "sum=24"), with_goals(space, "sum=26"), with_goals(space, "sum>=0")}) {
    StrategySettings settings;
    settings.evolution.front_population = settings.evolution.population = 12;
    settings.ppo.hidden = settings.reinforce.hidden = 8;
    auto one = make_strategy(GetParam(), candidates, settings, 7);
    for (int generation = 0; generation < 12; ++generation) {
      auto other = make_strategy(GetParam(), candidates, settings, 7);
      other->restore(one->save());
      const auto proposals = one->propose(5);
      EXPECT_EQ(other->propose(5), proposals) << generation;
      for (const space::Choices& choices : proposals) EXPECT_TRUE(candidates.admits(choices));
      one->observe(rewarded(candidates, proposals));
      other->observe(rewarded(candidates, proposals));
      EXPECT_EQ(other->save(), one->save()) << generation;
    }
  }
}

TEST_P(LimitedStrategies, RefuseStatesOfOtherGoals) {
  if (!holds_front(GetParam())) GTEST_SKIP() << "its state knows no goals";
  const ToySpace space(1, 3);
  const Candidates plain = limited(space, "sum>=0"), several = with_goals(space, "sum>=0");
  auto one = make_strategy(GetParam(), plain, {}, 7);
  auto other = make_strategy(GetParam(), several, {}, 7);
  EXPECT_THROW(one->restore(other->save()), InputError);
  EXPECT_THROW(other->restore(one->save()), InputError);
}

INSTANTIATE_TEST_SUITE_P(Limits, LimitedStrategies,
                         testing::Values(StrategyKind::kPpo, StrategyKind::kReinforce,
                                         StrategyKind::kRandom, StrategyKind::kEvolution,
                                         StrategyKind::kBananas),
                         [](const auto& info) { return to_text(info.param); });

}  // namespace
}  // namespace nasnet::search
