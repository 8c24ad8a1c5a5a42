#include <gtest/gtest.h>
#include <nasnet/error.h>
#include <nasnet/study.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nasnet/search/study/stored_study.h"
#include "tests/search/strategies/toy_space.h"
#include "tests/search/temporary.h"

namespace nasnet {
namespace {

/// The toy's reward for cells of the real space; every seventh trial fails.
class Judge : public search::Evaluator {
 public:
  explicit Judge(const space::SearchSpace& space) : space_(space) {}
  search::Measurements evaluate(const search::Task& task,
                                const std::function<void(int64_t)>&) override {
    if (task.number % 7 == 6) throw InputError("it is the seventh");
    return {{search::kAccuracy, search::toy_reward(space_, task.choices)},
            {"validation_images", 100}};
  }

 private:
  const space::SearchSpace& space_;
};

class PublicStudy : public search::WithFolder {
 protected:
  PublicStudy() : name_(file("mine.db")) {
    settings_.study_file = name_;
    settings_from_json(settings_, {{"blocks", 2}}, "");
    settings_.study.trials = 20;
    settings_.study.generation = 5;
    settings_.study.strategy = search::StrategyKind::kEvolution;
  }
  /// As `nasnet search` makes it.
  void search(int64_t trials) {
    settings_.study.trials = trials;
    const auto store = search::open_store("", name_, search::OpenMode::kDrive);
    store->drive(search::this_owner(search::Role::kDriver));
    search::settle_study(*store, settings_, 3, network::DeviceChoice::kCpu, {});
    const auto space = search::make_space(settings_);
    Judge judge(*space);
    search::InProcessRunner runner(judge, 4);
    search::run_study(*store, search::make_spec(settings_, *space, 3), {}, {&runner, {}});
  }

  std::string name_;
  search::SearchSettings settings_;
};

TEST_F(PublicStudy, ShowsWhatASearchHasFound) {
  search(20);
  Study study = Study::open(name_);
  EXPECT_EQ(study.seed(), 3u);
  EXPECT_TRUE(study.is_complete());
  EXPECT_EQ(study.settings().at("strategy"), "evolution");
  EXPECT_EQ(study.settings().at("blocks"), "2");

  const std::vector<Trial> trials = study.trials();
  ASSERT_EQ(trials.size(), 20u);
  EXPECT_EQ(study.trials("baseline").size(), 20u);
  EXPECT_TRUE(study.trials("retrain").empty());
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    EXPECT_EQ(trial.number, static_cast<int64_t>(i));
    ASSERT_TRUE(trial.genotype);
    EXPECT_EQ(trial.genotype->name, "trial-" + std::to_string(i));
    EXPECT_EQ(parse_genotype(format_genotype(*trial.genotype)), *trial.genotype);
    EXPECT_NE(trial.candidate.find("reduction"), std::string::npos);
    if (trial.state == "failed") {
      EXPECT_FALSE(trial.reward);
      EXPECT_EQ(trial.failure, "it is the seventh");
    } else {
      EXPECT_EQ(trial.state, "done");
      EXPECT_TRUE(trial.reward);
      EXPECT_EQ(trial.measurements.at("validation_images"), 100);
    }
  }
  EXPECT_EQ(trials[6].state, "failed");
}

TEST_F(PublicStudy, BestCellsComeFirstAndOnce) {
  search(20);
  Study study = Study::open(name_);
  std::vector<double> rewards;
  for (const Trial& trial : study.trials())
    if (trial.reward && !trial.repeats) rewards.push_back(*trial.reward);
  std::sort(rewards.rbegin(), rewards.rend());
  const std::vector<Trial> best = study.best(3);
  ASSERT_EQ(best.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(*best[i].reward, rewards[i]);
  EXPECT_TRUE(study.best(0).empty());
  EXPECT_TRUE(study.best(-1).empty());
}

TEST_F(PublicStudy, IsReadWhileItGoesOn) {
  search(10);
  Study study = Study::open(name_);
  EXPECT_EQ(study.trials().size(), 10u);
  search(20);
  EXPECT_EQ(study.trials().size(), 20u);
  EXPECT_EQ(study.settings().at("trials"), "20");
}

TEST_F(PublicStudy, ReportIsTheProgramsJson) {
  search(10);
  const auto report = nlohmann::json::parse(Study::open(name_).report());
  EXPECT_EQ(report.at("trials").size(), 10u);
  EXPECT_EQ(report.at("best").size(), 3u);
  EXPECT_EQ(report.at("seed"), 3);
  EXPECT_EQ(report.at("complete"), true);
}

TEST_F(PublicStudy, MistakesAreNamed) {
  EXPECT_NE(search::message_of<Error>([&] { Study::open(file("none.db")); }).find("none.db"),
            std::string::npos);
  EXPECT_NE(
      search::message_of<InputError>([] { Study::open("x", "mysql://here"); }).find("postgresql"),
      std::string::npos);
  search(5);
  Study study = Study::open(name_);
  EXPECT_EQ(search::message_of<InputError>([&] { study.trials("serach"); }),
            "unknown arm 'serach'; did you mean 'search'?");
}

}  // namespace
}  // namespace nasnet
