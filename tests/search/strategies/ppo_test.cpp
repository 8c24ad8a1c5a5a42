#include "nasnet/search/strategies/ppo.h"
#include "nasnet/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "nasnet/search/strategies/random_strategy.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {
namespace {

/// The rewards of a strategy that sees each generation of 20 one generation late.
std::vector<double> run(Strategy& strategy, const space::SearchSpace& space, int trials) {
  std::vector<double> rewards;
  auto pending = strategy.propose(20);
  while (static_cast<int>(rewards.size()) < trials) {
    auto next = strategy.propose(20);
    std::vector<Observation> seen;
    for (const auto& choices : pending) {
      rewards.push_back(toy_reward(space, choices));
      seen.push_back({choices, rewards.back()});
    }
    strategy.observe(seen);
    pending = std::move(next);
  }
  return rewards;
}

TEST(SlowPpo, BeatsRandomByFiveStandardErrors) {
  const space::NasnetSpace space;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    PpoStrategy ppo(space, {}, seed);
    RandomStrategy random(space, seed);
    double mean[2], square_error[2];
    Strategy* strategies[] = {&ppo, &random};
    for (int s = 0; s < 2; ++s) {
      const auto rewards = run(*strategies[s], space, 2000);
      const double n = 100;
      mean[s] = std::accumulate(rewards.end() - 100, rewards.end(), 0.0) / n;
      double squares = 0;
      for (auto r = rewards.end() - 100; r != rewards.end(); ++r)
        squares += (*r - mean[s]) * (*r - mean[s]);
      square_error[s] = squares / (n - 1) / n;
    }
    const double errors = (mean[0] - mean[1]) / std::sqrt(square_error[0] + square_error[1]);
    EXPECT_GT(errors, 5) << "seed " << seed << ": " << mean[0] << " against " << mean[1];
    RecordProperty("standard errors, seed " + std::to_string(seed), std::to_string(errors));
  }
}

TEST(Ppo, GoesOnFromASavedStateExactly) {
  const ToySpace space(2, 4);
  PpoSettings settings;
  settings.hidden = 12;
  settings.minibatch = 7;
  PpoStrategy first(space, settings, 3);
  auto a = first.propose(10);
  auto b = first.propose(10);
  std::vector<Observation> seen;
  for (const auto& choices : a) seen.push_back({choices, toy_reward(space, choices)});
  seen[4].reward.reset();
  first.observe(seen);
  PpoStrategy second(space, settings, 3);
  second.restore(first.save());
  EXPECT_EQ(first.save(), second.save());
  seen.clear();
  for (const auto& choices : b) seen.push_back({choices, toy_reward(space, choices)});
  first.observe(seen);
  second.observe(seen);
  EXPECT_EQ(first.propose(30), second.propose(30));
  EXPECT_EQ(first.save(), second.save());
}

TEST(Ppo, TellsThePolicyOfItsLatestProposals) {
  const ToySpace space(2, 4);
  const auto expect_policy = [&](const PpoStrategy& strategy, double last_of_first,
                                 double entropy) {
    const PolicyShape policy = strategy.latest_policy().value();
    EXPECT_NEAR(policy.entropy, entropy, 0.1);
    ASSERT_EQ(policy.probabilities.size(), space.decisions().size());
    for (size_t i = 0; i < policy.probabilities.size(); ++i) {
      const std::vector<double>& decision = policy.probabilities[i];
      ASSERT_EQ(std::ssize(decision), space.decisions()[i].choices);
      EXPECT_NEAR(std::accumulate(decision.begin(), decision.end(), 0.0), 1, 1e-5);
    }
    EXPECT_NEAR(policy.probabilities[0].back(), last_of_first, 0.1);
  };
  PpoStrategy strategy(space, {.hidden = 12, .learning_rate = 0.1, .minibatch = 5}, 3);
  EXPECT_FALSE(strategy.latest_policy());
  const int last = space.decisions()[0].choices - 1;
  strategy.propose(5);
  expect_policy(strategy, 1.0 / (last + 1), 1);
  // The first decision's last choice is rewarded, and nothing else.
  PpoStrategy taught(space, {.hidden = 12, .learning_rate = 0.1, .minibatch = 5}, 3);
  for (int round = 0; round < 60; ++round) {
    std::vector<Observation> seen;
    for (const space::Choices& choices : taught.propose(5))
      seen.push_back({choices, choices[0] == last ? 1.0 : 0.0});
    taught.observe(seen);
  }
  const PolicyShape shape = taught.latest_policy().value();
  EXPECT_GT(shape.probabilities[0].back(), 0.9);
  EXPECT_LT(shape.entropy, 1);
}

TEST(Ppo, RefusesADamagedState) {
  const ToySpace space(2, 4), other(3, 4);
  PpoStrategy strategy(space, {}, 3);
  strategy.propose(2);
  const std::string state = strategy.save();
  for (size_t size = 0; size < state.size(); size += 97)
    EXPECT_THROW(strategy.restore(state.substr(0, size)), InputError);
  EXPECT_THROW(strategy.restore(state + "x"), InputError);
  EXPECT_THROW(PpoStrategy(other, {}, 3).restore(state), InputError);
  EXPECT_THROW(RandomStrategy(space, 3).restore(state), InputError);
  EXPECT_EQ(strategy.save(), state);
}

TEST(Ppo, LeavesFailedTrialsOut) {
  const ToySpace space(2, 4);
  PpoSettings settings;
  settings.minibatch = 5;
  PpoStrategy strategy(space, settings, 3);
  const auto proposals = strategy.propose(8);
  const PpoStrategy untouched = strategy;
  std::vector<Observation> seen;
  for (const auto& choices : proposals) seen.push_back({choices, std::nullopt});
  strategy.observe(seen);
  PpoStrategy fresh(space, settings, 3);
  fresh.propose(8);
  EXPECT_EQ(strategy.propose(4), fresh.propose(4));
}

TEST(RandomStrategy, IsUniformAndKeyedByTheProposal) {
  const ToySpace space;
  RandomStrategy one(space, 7), many(space, 7);
  const auto proposals = many.propose(2600);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(one.propose(1)[0], proposals[static_cast<size_t>(i)]);
  std::vector<double> counts(13, 0);
  for (const auto& choices : proposals) counts[static_cast<size_t>(choices[2])] += 1;
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - 200) * (count - 200) / 200;
  EXPECT_LT(chi_square, 40);  // 12 degrees of freedom: beyond with a chance of 1e-4
}

}  // namespace
}  // namespace nasnet::search
