#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/search/store/store.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {

inline double size_of(const space::Choices& choices) {
  double size = 1;
  for (const int choice : choices) size += choice;
  return size;
}

/// Sizes, and a score that tells a little of the reward.
class SizeCounter : public Counter {
 public:
  std::vector<std::string> quantities() const override { return {"final_size", "size", "score"}; }
  Measurements count(const space::Choices& choices,
                     const std::vector<std::string>&) const override {
    const double size = size_of(choices);
    return {{"final_size", 10 * size}, {"size", size}, {"score", 3.0 * choices[0] - choices[2]}};
  }
};

/// The toy's reward as accuracy, and sizes that can be counted beforehand.
class CountedEvaluator : public Evaluator {
 public:
  explicit CountedEvaluator(const space::SearchSpace& space) : space_(space) {}
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    Measurements measurements = SizeCounter().count(task.choices, {});
    measurements[kAccuracy] = toy_reward(space_, task.choices);
    measurements["delay"] = 1 / measurements.at("size");
    return measurements;
  }
  std::vector<std::string> measurements() const override {
    return {kAccuracy, "final_size", "size", "score", "delay"};
  }
  std::shared_ptr<const Counter> counter() const override {
    return std::make_shared<SizeCounter>();
  }
  Measurements worthless() const override { return {{kAccuracy, 0.0}}; }

 private:
  const space::SearchSpace& space_;
};

/// A search of the toy space, to be made by several workers, killed and resumed: it must come to
/// the same, bit for bit.
struct SearchCase {
  std::string name;
  StudySettings settings = toy_settings();
};

/// "plain", and all that a search can do by goals, limits and screens.
inline std::vector<SearchCase> search_cases() {
  std::vector<SearchCase> cases = {{"plain"}};
  const auto add = [&](const std::string& name, StrategyKind strategy) -> StudySettings& {
    StudySettings& settings = cases.emplace_back(SearchCase{name}).settings;
    settings.trials = 40;
    settings.strategy = strategy;
    settings.strategies.evolution.front_population = 16;
    settings.strategies.evolution.front_sample = 4;
    return settings;
  };
  for (const StrategyKind kind : {StrategyKind::kEvolution, StrategyKind::kBananas}) {
    StudySettings& settings = add("goals_" + to_text(kind), kind);
    settings.goals = {kAccuracy, "minimize size"};
    settings.reference = {"accuracy=0", "size=25"};
  }
  for (const StrategyKind kind : {StrategyKind::kPpo, StrategyKind::kEvolution,
                                  StrategyKind::kBananas, StrategyKind::kRandom})
    add("limits_" + to_text(kind), kind).limits = {"size=14", "final_size>=60"};
  for (const StrategyKind kind :
       {StrategyKind::kEvolution, StrategyKind::kBananas, StrategyKind::kRandom}) {
    StudySettings& settings = add("screen_" + to_text(kind), kind);
    settings.screen = 4;
    settings.screen_by = {"score", "minimize size"};
  }
  // Of 3,000 random candidates one is within; most proposals the policy cannot draw.
  add("tight_ppo", StrategyKind::kPpo).limits = {"size=8"};
  add("target_ppo", StrategyKind::kPpo).objective = "accuracy, size near 12";
  return cases;
}

inline SearchCase find_case(const std::string& name) {
  const std::vector<SearchCase> cases = search_cases();
  const auto found = std::find_if(cases.begin(), cases.end(),
                                  [&](const SearchCase& one) { return one.name == name; });
  if (found == cases.end()) throw InputError("there is no case " + name);
  return *found;
}

inline StudySpec spec_of(const SearchCase& of, const space::SearchSpace& space) {
  StudySpec spec{space, of.settings, 5, 0};
  spec.counter = std::make_shared<SizeCounter>();
  return spec;
}

/// The one of this case: the others' sizes are no measurements of a plain study.
inline std::unique_ptr<Evaluator> evaluator_of(const SearchCase& of,
                                               const space::SearchSpace& space) {
  if (of.name == "plain") return std::make_unique<ToyEvaluator>(space);
  return std::make_unique<CountedEvaluator>(space);
}

/// The strategies of both arms as they are stored: equal for equal searches.
inline void expect_same_states(Store& a, Store& b) {
  for (const char* arm : {kSearchArm, kBaselineArm}) {
    const ArmRecord one = a.arm(arm), other = b.arm(arm);
    EXPECT_EQ(one.proposed, other.proposed) << arm;
    EXPECT_EQ(one.observed, other.observed) << arm;
    EXPECT_TRUE(one.strategy_state == other.strategy_state) << arm;
  }
}

}  // namespace nasnet::search
