#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/study_driver.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

/// The toy's reward as accuracy, beside a size: one more than the sum of the choices.
class SizedEvaluator : public Evaluator {
 public:
  explicit SizedEvaluator(const space::SearchSpace& space) : space_(space) {}
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    return measure(space_, task.choices);
  }
  static Measurements measure(const space::SearchSpace& space, const space::Choices& choices) {
    double size = 1;
    for (const int choice : choices) size += choice;
    return {{kAccuracy, toy_reward(space, choices)}, {"size", size}};
  }

 private:
  const space::SearchSpace& space_;
};

/// Studies of a space of 1,024 candidates.
class ObjectiveStudies : public ToyStudies {
 protected:
  ObjectiveStudies() {
    settings_.strategy = StrategyKind::kEvolution;
    settings_.strategies.evolution.population = 20;
    settings_.strategies.evolution.sample = 5;
  }
  StudyResult search(const std::string& name, const std::string& objective) {
    settings_.objective = objective;
    SizedEvaluator evaluator(small_);
    InProcessRunner runner(evaluator, 8);
    const auto store = open(name);
    return run_study(*store, small_spec(), {}, {&runner, {}});
  }
  StudySpec small_spec() const { return {small_, settings_, 5, epochs_}; }

  /// The best reward of all candidates.
  double best_of_all(const Objective& objective) const {
    double best = -1;
    space::Choices choices(small_.decisions().size(), 0);
    for (;;) {
      best = std::max(best, objective.reward(SizedEvaluator::measure(small_, choices)));
      size_t at = 0;
      while (at < choices.size() && ++choices[at] == small_.decisions()[at].choices)
        choices[at++] = 0;
      if (at == choices.size()) return best;
    }
  }

  ToySpace small_{1, 2};
};
NASNET_ON_BOTH_STORES(ObjectiveStudies);

TEST_P(ObjectiveStudies, FindTheBestWithinALimit) {
  settings_.trials = 600;
  const double unlimited = best_of_all(Objective());
  for (const char* text : {"accuracy, size <= 4", "accuracy, size >= 9, size <= 10"}) {
    const Objective objective(text);
    const StudyResult result = search("s" + std::to_string(hash64(text)), text);
    const std::vector<Trial> best = best_trials(result.search, 5, objective);
    ASSERT_EQ(best.size(), 5u);
    EXPECT_EQ(best[0].reward, best_of_all(objective)) << text;
    EXPECT_LT(best[0].reward, unlimited) << "the limit counts";
    for (const Trial& trial : best) EXPECT_EQ(objective.excess(trial.measurements), 0);
    for (const Trial& trial : result.search)
      EXPECT_EQ(trial.reward, objective.reward(trial.measurements));
  }
}

TEST_P(ObjectiveStudies, FindTheBestTrade) {
  settings_.trials = 300;
  for (const char* text :
       {"accuracy, minimize size around 4 weight 0.3", "accuracy, minimize size to 4",
        "minimize size around 2 weight 1, accuracy"}) {
    const StudyResult result = search("s" + std::to_string(hash64(text)), text);
    EXPECT_EQ(best_trials(result.search, 1)[0].reward, best_of_all(Objective(text))) << text;
  }
}

TEST_P(ObjectiveStudies, TrainOnlyCandidatesWithinTheLimitsAgain) {
  settings_.seeds = 2;
  settings_.sample = 5;
  settings_.retrain = 100;
  const StudyResult result = search("s", "accuracy, size <= 3");
  ASSERT_FALSE(result.retrain.empty());
  for (const auto* trials : {&result.retrain, &result.sample})
    for (const Trial& trial : *trials) EXPECT_LE(trial.measurements.at("size"), 3);
  const auto beyond = [](const Trial& trial) { return trial.measurements.at("size") > 3; };
  EXPECT_TRUE(std::any_of(result.search.begin(), result.search.end(), beyond));
  for (const Retrained& cell : find(result).search) EXPECT_GE(cell.proxy, 0);
}

TEST_P(ObjectiveStudies, WithoutACandidateWithinTheLimitsEndWithoutABest) {
  settings_.seeds = 2;
  settings_.trials = 300;
  const StudyResult result = search("s", "accuracy, size <= 0");
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.search.size(), 300u);
  EXPECT_TRUE(best_trials(result.search, 1, result.objective).empty());
  EXPECT_TRUE(result.retrain.empty());
  EXPECT_EQ(mean_reward(result.search, result.objective).count, 0);
  const auto store = open("s", false);
  EXPECT_FALSE(StudyDriver(*store, small_spec()).status().best);
  // They are ranked by how far they are beyond: the search has come as near as it could.
  EXPECT_EQ(best_trials(result.search, 1)[0].measurements.at("size"), 1);
}

TEST_P(ObjectiveStudies, StopAtRungsWhatIsBeyondTheLimits) {
  epochs_ = 9;
  settings_.halving.first_rung = 1;
  const StudyResult result = search("s", "accuracy, size <= 4");
  for (int64_t first = 0; first < 60; first += settings_.generation) {
    double least_gone_on = 1, most_stopped = -1;
    for (int64_t i = first; i < first + settings_.generation; ++i) {
      const Trial& trial = result.search[static_cast<size_t>(i)];
      if (trial.repeats >= 0) continue;
      if (trial.rungs.size() > 1) least_gone_on = std::min(least_gone_on, trial.rungs[0]);
      if (trial.rungs.size() == 1) most_stopped = std::max(most_stopped, trial.rungs[0]);
    }
    EXPECT_GE(least_gone_on, most_stopped) << first;
  }
}

TEST_P(ObjectiveStudies, WhoseMeasurementIsMissingSayWhichThereAre) {
  const std::string message = message_of([&] { search("s", "accuracy, weight <= 3"); });
  EXPECT_NE(message.find("the objective asks for 'weight', which was not measured; choose from "
                         "accuracy, size"),
            std::string::npos)
      << message;
}

}  // namespace
}  // namespace nasnet::search
