#include "nasnet/search/study/earlier_studies.h"

#include <algorithm>
#include <filesystem>

#include "nasnet/search/study/stored_study.h"
#include "nasnet/space/nasbench201.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

/// Rewards by the digits of a cell of NAS-Bench-201, whose space settings can name.
class DigitEvaluator : public Evaluator {
 public:
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    double sum = 0;
    for (size_t i = 0; i < task.choices.size(); ++i)
      sum += task.choices[i] == static_cast<int>(i * 3 % 5) ? 1 : 0.1 * task.choices[i];
    return {{kAccuracy, sum / 10}, {"digits", sum}};
  }
};

class EarlierOnStores : public OnBothStores {
 protected:
  EarlierOnStores() {
    settings_.space = "nasbench201";
    settings_.study.strategy = StrategyKind::kBananas;
    settings_.study.trials = 40;
    settings_.study.generation = 8;
  }
  StudySpec spec(uint64_t seed) const { return make_spec(settings_, space_, seed); }
  /// As `nasnet search` does.
  StudyResult search(const std::string& name, uint64_t seed, int64_t trials = 40) {
    settings_.study_file = study(name);
    settings_.store = url();
    settings_.study.trials = trials;
    const auto earlier = read_earlier_studies(settings_, spec(seed));
    const auto store = open(name);
    store->drive(this_owner(Role::kDriver));
    settle_study(*store, settings_, seed, network::DeviceChoice::kCpu, {});
    keep_earlier_studies(*store, earlier);
    DigitEvaluator evaluator;
    InProcessRunner runner(evaluator, 4);
    return run_study(*store, spec(seed), {}, {&runner, {}});
  }
  std::string refusal() {
    settings_.study_file = study("new");
    settings_.store = url();
    return message_of<InputError>([&] { read_earlier_studies(settings_, spec(1)); });
  }

  space::Nasbench201Space space_;
  SearchSettings settings_;
};
NASNET_ON_BOTH_STORES(EarlierOnStores);

TEST_P(EarlierOnStores, AreKeptByTheStudyThatLearnsFromThem) {
  const StudyResult first = search("first", 1);
  settings_.study.learn_from = {study("first")};
  const StudyResult whole = search("whole", 2, 64);
  ASSERT_EQ(whole.earlier.size(), 1u);
  EXPECT_EQ(whole.earlier[0].name, study("first"));
  // All that was evaluated, of both arms.
  size_t evaluated = 0;
  for (const auto* trials : {&first.search, &first.baseline})
    for (const Trial& trial : *trials) evaluated += trial.repeats < 0 ? 1 : 0;
  EXPECT_EQ(whole.earlier[0].lessons.size(), evaluated);
  EXPECT_EQ(whole.earlier[0].lessons[0],
            (Lesson{first.search[0].choices, first.search[0].reward, {}}));
  // Its first candidates are better than random ones.
  EXPECT_GT(mean_reward({whole.search.begin(), whole.search.begin() + 8}).mean,
            mean_reward(whole.baseline).mean);
  const EarlierFindings found = find_earlier(space_, settings_.study, whole);
  ASSERT_EQ(found.studies.size(), 1u);
  EXPECT_TRUE(found.of_baseline);
  EXPECT_EQ(found.studies[0].lessons, static_cast<int64_t>(evaluated));
  EXPECT_GT(found.studies[0].kendall.interval.low, 0);

  // The lessons that a study keeps do not change with the earlier study, which may be gone.
  search("part", 2, 24);
  settings_.study.learn_from = {};
  search("first", 1, 90);
  settings_.study.learn_from = {study("first")};
  if (!is_postgres()) std::filesystem::remove(study("first"));
  expect_same(search("part", 2, 64), whole);
}

TEST_P(EarlierOnStores, AreJudgedByTheNewStudysGoals) {
  search("first", 1);
  settings_.study.goals = {kAccuracy, "minimize digits"};
  settings_.study.reference = {"accuracy=0", "digits=10"};
  settings_.study.learn_from = {study("first")};
  settings_.study_file = study("new");
  settings_.store = url();
  const auto earlier = read_earlier_studies(settings_, spec(1));
  ASSERT_EQ(earlier.size(), 1u);
  for (const Lesson& lesson : earlier[0].lessons) {
    ASSERT_EQ(lesson.losses.size(), 2u);
    EXPECT_EQ(lesson.losses[0], -lesson.reward);
    EXPECT_NEAR(lesson.losses[1], 10 * lesson.reward, 1e-12);
  }
  settings_.study.goals = {kAccuracy, "minimize odour"};
  settings_.study.reference = {"accuracy=0", "odour=10"};
  EXPECT_NE(refusal().find("odour"), std::string::npos) << refusal();
}

TEST_P(EarlierOnStores, AreRefusedInOneLine) {
  settings_.study.learn_from = {study("none")};
  EXPECT_EQ(refusal().find("--learn-from "), 0u) << refusal();
  open("empty");
  settings_.study.learn_from = {study("empty")};
  EXPECT_NE(refusal().find("has no settings yet"), std::string::npos) << refusal();
  settings_.study.learn_from = {};
  search("first", 1);
  settings_.study.learn_from = {study("first"), study("first")};
  EXPECT_NE(refusal().find("it is given twice"), std::string::npos) << refusal();
  settings_.study.learn_from = {""};
  EXPECT_NE(refusal().find("a study's name is empty"), std::string::npos) << refusal();
  settings_.study.learn_from = {study("first")};
  settings_.study.strategy = StrategyKind::kEvolution;
  EXPECT_NE(refusal().find("add --strategy bananas"), std::string::npos) << refusal();
  settings_.study.strategy = StrategyKind::kBananas;
  const space::NasnetSpace other;
  settings_.space = "nasnet";
  const std::string message = message_of<InputError>(
      [&] { read_earlier_studies(settings_, make_spec(settings_, other, 1)); });
  EXPECT_NE(message.find("of another space"), std::string::npos) << message;
}

TEST_P(EarlierOnStores, OfALongStudyTheBestAndTheLatestAreKept) {
  settings_.study.strategy = StrategyKind::kRandom;
  settings_.study.generation = 500;
  const StudyResult first = search("first", 1, 4000);
  settings_.study.strategy = StrategyKind::kBananas;
  settings_.study.learn_from = {study("first")};
  settings_.study_file = study("new");
  const auto earlier = read_earlier_studies(settings_, spec(1));
  const std::vector<Lesson>& lessons = earlier.at(0).lessons;
  EXPECT_LE(lessons.size(), 2000u);
  const auto knows = [&](const Trial& trial) {
    return std::any_of(lessons.begin(), lessons.end(), [&](const Lesson& lesson) {
      return space_.canonical(lesson.choices) == space_.canonical(trial.choices);
    });
  };
  for (const Trial& trial : best_trials(first.search, 10)) EXPECT_TRUE(knows(trial));
}

}  // namespace
}  // namespace nasnet::search
