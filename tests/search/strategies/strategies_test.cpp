#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "nasnet/space/nasbench201.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {
namespace {

/// Small enough that every strategy leaves its first random candidates behind.
StrategySettings small_settings() {
  StrategySettings settings;
  settings.ppo.hidden = settings.reinforce.hidden = 8;
  settings.ppo.minibatch = settings.reinforce.minibatch = 4;
  settings.evolution.population = 12;
  settings.evolution.sample = 4;
  settings.bananas.first = 6;
  settings.bananas.mutated = settings.bananas.random = 15;
  settings.bananas.members = 2;
  settings.bananas.trees.rounds = 4;
  return settings;
}

using Proposals = std::vector<std::vector<space::Choices>>;

/// A study's loop: generations, some failed trials, rewards that come `lag` generations late.
class Loop {
 public:
  Loop(StrategyKind kind, const space::SearchSpace& space, uint64_t seed, int generation,
       size_t lag, StrategySettings settings = small_settings())
      : strategy(make_strategy(kind, space, settings, seed)),
        space_(space),
        generation_(generation),
        lag_(lag) {}

  void step() {
    while (waiting_.size() > lag_) {
      std::vector<Observation> observations;
      for (const space::Choices& choices : waiting_.front()) {
        Observation observation{choices, toy_reward(space_, choices)};
        if (++observed_ % fail_every == 0) observation.reward.reset();
        observations.push_back(std::move(observation));
      }
      strategy->observe(observations);
      waiting_.pop_front();
    }
    waiting_.push_back(strategy->propose(generation_));
    all.push_back(waiting_.back());
  }
  /// The rest of the loop with a strategy that has been saved and restored.
  void replace(std::unique_ptr<Strategy> other) {
    other->restore(strategy->save());
    strategy = std::move(other);
  }

  std::unique_ptr<Strategy> strategy;
  Proposals all;
  int fail_every = 7;

 private:
  const space::SearchSpace& space_;
  int generation_;
  size_t lag_;
  int observed_ = 0;
  std::deque<std::vector<space::Choices>> waiting_;
};

class EveryStrategy : public testing::TestWithParam<StrategyKind> {
 protected:
  const space::NasnetSpace nasnet_;
  const space::NasnetSpace tiny_{{1, {space::Operation::kIdentity}, {space::Combine::kAdd}}};
  const space::Nasbench201Space bench_;
  const std::vector<const space::SearchSpace*> spaces_ = {&nasnet_, &tiny_, &bench_};
};

TEST_P(EveryStrategy, ProposesCandidatesOfTheSpaceAndTheSameWithTheSameSeed) {
  for (const space::SearchSpace* space : spaces_) {
    for (const int generation : {1, 3, 20}) {
      Loop a(GetParam(), *space, 5, generation, 1), b(GetParam(), *space, 5, generation, 1);
      Loop other(GetParam(), *space, 6, generation, 1);
      for (int i = 0; i < 40 / generation + 3; ++i) {
        a.step();
        b.step();
        other.step();
        ASSERT_EQ(a.all.back().size(), static_cast<size_t>(generation));
        for (const space::Choices& choices : a.all.back()) ASSERT_NO_THROW(space->check(choices));
      }
      EXPECT_EQ(a.all, b.all);
      EXPECT_EQ(a.strategy->save(), b.strategy->save());
      if (space != &tiny_) {
        EXPECT_NE(a.all, other.all);
      }
    }
  }
}

TEST_P(EveryStrategy, GoesOnFromASavedStateBitForBit) {
  for (const space::SearchSpace* space : spaces_) {
    for (const size_t lag : {0u, 1u, 2u}) {
      for (const int stop : {0, 4, 9}) {
        Loop straight(GetParam(), *space, 3, 5, lag), restored(GetParam(), *space, 3, 5, lag);
        for (int i = 0; i < 14; ++i) {
          if (i == stop) restored.replace(make_strategy(GetParam(), *space, small_settings(), 3));
          straight.step();
          restored.step();
          ASSERT_EQ(straight.all.back(), restored.all.back()) << "step " << i << ", lag " << lag;
        }
        EXPECT_EQ(straight.strategy->save(), restored.strategy->save());
      }
    }
  }
}

TEST_P(EveryStrategy, ToleratesThatEveryTrialFails) {
  for (const space::SearchSpace* space : spaces_) {
    Loop loop(GetParam(), *space, 3, 5, 1);
    loop.fail_every = 1;
    for (int i = 0; i < 12; ++i) loop.step();
    for (const space::Choices& choices : loop.all.back()) EXPECT_NO_THROW(space->check(choices));
  }
}

TEST_P(EveryStrategy, ToleratesEqualRewardsAndExtremeOnes) {
  for (const double scale : {0.0, -1e300, 1e300}) {
    const auto strategy = make_strategy(GetParam(), bench_, small_settings(), 1);
    for (int g = 0; g < 10; ++g) {
      std::vector<Observation> observations;
      for (auto& choices : strategy->propose(4)) {
        bench_.check(choices);
        observations.push_back({choices, scale * toy_reward(bench_, choices)});
      }
      strategy->observe(observations);
    }
  }
}

TEST_P(EveryStrategy, RefusesHostileStatesUntouched) {
  Loop loop(GetParam(), bench_, 3, 5, 1);
  for (int i = 0; i < 8; ++i) loop.step();
  const std::string state = loop.strategy->save();
  for (size_t size = 0; size < state.size(); size += 1 + state.size() / 97) {
    if (GetParam() == StrategyKind::kRandom && size > 0)
      break;  // its state is a number, a shorter one is one
    EXPECT_THROW(loop.strategy->restore(state.substr(0, size)), InputError);
  }
  EXPECT_THROW(loop.strategy->restore(state + "x"), InputError);
  for (const StrategyKind other : values_of_all<StrategyKind>()) {
    if (other == GetParam()) continue;
    EXPECT_THROW(make_strategy(other, bench_, small_settings(), 3)->restore(state), InputError);
  }
  if (GetParam() != StrategyKind::kRandom) {
    EXPECT_THROW(make_strategy(GetParam(), nasnet_, small_settings(), 3)->restore(state),
                 InputError);
  }
  EXPECT_EQ(loop.strategy->save(), state);
  // Any byte may be any other: refused, or a state that works.
  Random random(1, 0, "bytes");
  for (int i = 0; i < 300; ++i) {
    std::string damaged = state;
    for (int k = 0; k < 3; ++k)
      damaged[random.below(static_cast<uint32_t>(damaged.size()))] =
          static_cast<char>(random.below(256));
    const auto strategy = make_strategy(GetParam(), bench_, small_settings(), 3);
    try {
      strategy->restore(damaged);
    } catch (const InputError&) {
      continue;
    }
    for (const space::Choices& choices : strategy->propose(3)) bench_.check(choices);
  }
}

TEST_P(EveryStrategy, ObservesInTheOrderOfTheProposalsOnly) {
  if (GetParam() == StrategyKind::kRandom) GTEST_SKIP() << "random search does not look";
  const auto strategy = make_strategy(GetParam(), nasnet_, small_settings(), 3);
  const auto proposals = strategy->propose(2);
  EXPECT_THROW(strategy->observe({{proposals[1], 0.5}}), InternalError);
}

TEST_P(EveryStrategy, LearnsOnTheToy) {
  if (GetParam() == StrategyKind::kRandom) GTEST_SKIP() << "random search does not learn";
  const ToySpace space(2, 5);
  double last[2] = {0, 0};
  for (uint64_t seed = 0; seed < 3; ++seed) {
    for (const auto& [k, kind] : {std::pair(0, GetParam()), std::pair(1, StrategyKind::kRandom)}) {
      Loop loop(kind, space, seed, 10, 1, {});
      for (int i = 0; i < 40; ++i) loop.step();
      for (size_t i = loop.all.size() - 10; i < loop.all.size(); ++i)
        for (const auto& choices : loop.all[i]) last[k] += toy_reward(space, choices) / 300;
    }
  }
  EXPECT_GT(last[0], last[1] + 0.2) << last[0] << " against " << last[1];
}

INSTANTIATE_TEST_SUITE_P(Strategies, EveryStrategy,
                         testing::ValuesIn(values_of_all<StrategyKind>()),
                         [](const auto& info) { return to_text(info.param); });

TEST(Strategies, AnUnknownNameIsToldWithTheNearestOne) {
  try {
    parse_enum<StrategyKind>("evolutoin", "strategy");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "unknown strategy 'evolutoin'; did you mean 'evolution'?");
  }
}

TEST(Strategies, SettingsHaveNamesOfTheirOwnAndThePapersLieInTheirRanges) {
  StrategySettings settings = paper_strategies();
  std::set<std::string> names;
  for (const Setting& setting : list_settings(settings)) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_NO_THROW(check_setting(setting, ""));
  }
  StrategySettings read;
  settings_from_json(read, settings_to_json(settings), "");
  EXPECT_EQ(read, settings);
  EXPECT_NE(read, StrategySettings{});
}

TEST(Strategies, ThoseThatAvoidRepeatsDoSoUpToIsomorphism) {
  const space::Nasbench201Space space;
  for (const StrategyKind kind : values_of_all<StrategyKind>()) {
    if (kind == StrategyKind::kRandom) continue;
    Loop loop(kind, space, 2, 10, 1);
    std::set<std::string> texts;
    size_t proposals = 0;
    for (int i = 0; i < 40; ++i) {
      loop.step();
      for (const auto& choices : loop.all.back()) texts.insert(space.canonical(choices));
      proposals += loop.all.back().size();
    }
    // A policy that has settled, or a mutated cell that passes nothing on, may run out of tries.
    const size_t percent = kind == StrategyKind::kBananas     ? 100
                           : kind == StrategyKind::kEvolution ? 98
                                                              : 90;
    EXPECT_GE(texts.size(), proposals * percent / 100) << to_text(kind);
  }
}

TEST(Strategies, StatesDoNotGrowWithoutBound) {
  const space::NasnetSpace space({2, space::paper_operations(), {space::Combine::kAdd}});
  Repeats repeats(space);
  Random random(1, 0, "many");
  const auto choices = [&] {
    space::Choices choices;
    for (const auto& decision : space.decisions())
      choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
    return choices;
  };
  for (int i = 0; i < 25000; ++i) repeats.add(choices());
  StateWriter writer;
  repeats.save(writer);
  EXPECT_LE(writer.take().size(), 20000u * 8 + 8);

  StrategySettings settings = small_settings();
  BananasStrategy bananas(space, settings.bananas, 1);
  size_t bytes = 0;
  for (int g = 0; g < 25; ++g) {
    std::vector<Observation> observations;
    for (const auto& c : bananas.propose(200)) observations.push_back({c, toy_reward(space, c)});
    bananas.observe(observations);
    bytes = bananas.save().size() - 8 * 200 * static_cast<size_t>(g + 1);  // less the hashes
    ASSERT_LE(bytes, 2700u * (8 + 20 * 4 + 8)) << g;  // 2,000 kept, a tenth and a generation more
  }
}

TEST(Evolution, TheOldestDiesHoweverGood) {
  const ToySpace space(1, 3);
  EvolutionSettings settings{.population = 3, .sample = 50, .avoid_repeats = false};
  EvolutionStrategy strategy(space, settings, 1);
  std::vector<space::Choices> seen;
  const auto observe_one = [&](double reward) {
    seen = strategy.propose(1);
    strategy.observe({{seen[0], reward}});
    return seen[0];
  };
  const auto distance = [](const space::Choices& a, const space::Choices& b) {
    int count = 0;
    for (size_t i = 0; i < a.size(); ++i) count += a[i] != b[i];
    return count;
  };
  const space::Choices best = observe_one(100);
  observe_one(1);
  observe_one(2);
  // While it lives it is the parent of all; a child differs from it in one decision.
  EXPECT_EQ(distance(observe_one(3), best), 1);
  // It is gone: the parent is the child that has 3.
  const space::Choices parent = seen[0];
  EXPECT_EQ(distance(observe_one(0), parent), 1);
}

}  // namespace
}  // namespace nasnet::search
