#include <gtest/gtest.h>

#include <numeric>

#include "nasnet/search/strategies/predictor.h"
#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "tests/search/goals/sum_counter.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {
namespace {

/// Random candidates of the toy, with its rewards times `sign`.
EarlierStudy study_of(const space::SearchSpace& space, int count, double sign, bool goals = false) {
  EarlierStudy study{"toy.db", {}};
  Random random(7, 0, "earlier");
  for (int i = 0; i < count; ++i) {
    const space::Choices choices = random_choices(space, random);
    Lesson lesson{choices, sign * toy_reward(space, choices), {}};
    if (goals)
      lesson.losses = {-lesson.reward, std::accumulate(choices.begin(), choices.end(), 0.0)};
    study.lessons.push_back(std::move(lesson));
  }
  return study;
}

double mean_reward_of(Strategy& strategy, const Candidates& candidates, int generations) {
  double sum = 0;
  int count = 0;
  for (int g = 0; g < generations; ++g) {
    std::vector<Observation> observations;
    for (const space::Choices& choices : strategy.propose(10)) {
      Observation one{choices, toy_reward(candidates.space(), choices), {}};
      if (!candidates.goals().empty())
        one.losses = {-*one.reward, *candidates.known_losses(choices)[1]};
      sum += *one.reward;
      ++count;
      observations.push_back(std::move(one));
    }
    strategy.observe(observations);
  }
  return sum / count;
}

std::unique_ptr<Strategy> bananas(const Candidates& candidates) {
  return make_strategy(StrategyKind::kBananas, candidates, {}, 3);
}

TEST(EarlierStudies, AreLearnedFromBeforeTheFirstEvaluation) {
  const ToySpace space(2, 4);
  Candidates candidates(space);
  const double alone = mean_reward_of(*bananas(candidates), candidates, 2);
  candidates.set_earlier({study_of(space, 300, 1)});
  EXPECT_GT(mean_reward_of(*bananas(candidates), candidates, 2), alone + 0.15);
}

TEST(EarlierStudies, AreLeftOutWhereTheyMislead) {
  const ToySpace space(2, 4);
  Candidates candidates(space);
  candidates.set_earlier({study_of(space, 300, -1), study_of(space, 300, 1)});
  Predictor predictor(candidates, {}, 5);
  std::vector<Lesson> own = study_of(space, 40, 1).lessons;
  Random random(1, 1, "test");
  predictor.train(own, 9, random);
  EXPECT_TRUE(predictor.counts(0));  // too few to tell
  predictor.train(own, 10, random);
  EXPECT_FALSE(predictor.counts(0));
  EXPECT_TRUE(predictor.counts(1));
  // Both again, once the own study turns round.
  for (Lesson& lesson : own) lesson.reward = -lesson.reward;
  predictor.train(own, 40, random);
  EXPECT_TRUE(predictor.counts(0));
  EXPECT_FALSE(predictor.counts(1));
}

TEST(EarlierStudies, ThatMisleadCostLittle) {
  const ToySpace space(2, 4);
  Candidates alone(space), misled(space);
  misled.set_earlier({study_of(space, 300, -1)});
  const auto plain = bananas(alone), turned = bananas(misled);
  mean_reward_of(*plain, alone, 12);
  mean_reward_of(*turned, misled, 12);
  EXPECT_GT(mean_reward_of(*turned, misled, 3), mean_reward_of(*plain, alone, 3) - 0.1);
}

TEST(EarlierStudies, OfGoalsBeginWithTheirFront) {
  const ToySpace space(2, 4);
  Candidates candidates(space, Goals({kAccuracy, "minimize sum"}), {0, 60}, {},
                        std::make_shared<SumCounter>());
  const double alone = mean_reward_of(*bananas(candidates), candidates, 1);
  candidates.set_earlier({study_of(space, 300, 1, true)});
  EXPECT_GT(mean_reward_of(*bananas(candidates), candidates, 1), alone);
}

TEST(EarlierStudies, AStrategyGoesOnFromItsState) {
  const ToySpace space(2, 4);
  for (const bool goals : {false, true}) {
    Candidates candidates = goals ? Candidates(space, Goals({kAccuracy, "minimize sum"}), {0, 60},
                                               {}, std::make_shared<SumCounter>())
                                  : Candidates(space, {}, {}, {}, std::make_shared<SumCounter>());
    candidates.set_columns({"sum"});
    candidates.set_earlier({study_of(space, 50, 1, goals), study_of(space, 50, -1, goals)});
    const auto whole = bananas(candidates);
    std::string state = whole->save();
    for (int generation = 0; generation < 5; ++generation) {
      const auto resumed = bananas(candidates);
      resumed->restore(state);
      const std::vector<space::Choices> proposals = whole->propose(10);
      EXPECT_EQ(resumed->propose(10), proposals) << generation;
      std::vector<Observation> observations;
      for (const space::Choices& choices : proposals) {
        Observation one{choices, toy_reward(space, choices), {}};
        if (goals) one.losses = {-*one.reward, *candidates.known_losses(choices)[1]};
        observations.push_back(std::move(one));
      }
      whole->observe(observations);
      state = whole->save();
    }
  }
}

TEST(Columns, TellTheModelMoreThanDecisions) {
  // The column is the reward itself: the first models know the best candidates by it.
  class RewardCounter : public Counter {
   public:
    explicit RewardCounter(const space::SearchSpace& space) : space_(space) {}
    std::vector<std::string> quantities() const override { return {"hint"}; }
    Measurements count(const space::Choices& choices,
                       const std::vector<std::string>&) const override {
      return {{"hint", toy_reward(space_, choices)}};
    }

   private:
    const space::SearchSpace& space_;
  };
  const ToySpace space(2, 4);
  Candidates candidates(space, {}, {}, {}, std::make_shared<RewardCounter>(space));
  const double without = mean_reward_of(*bananas(candidates), candidates, 12);
  candidates.set_columns({"hint"});
  EXPECT_GT(mean_reward_of(*bananas(candidates), candidates, 12), without + 0.05);
}

}  // namespace
}  // namespace nasnet::search
