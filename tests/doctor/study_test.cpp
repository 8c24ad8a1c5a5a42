#include "nasnet/doctor/study.h"

#include <gtest/gtest.h>

#include <set>

namespace nasnet::doctor {
namespace {

using search::StudyResult;
using search::StudyState;
using search::Trial;
using search::TrialState;

Trial done(const char* arm, int64_t number, double accuracy, int images = 10000) {
  Trial trial{.arm = arm, .number = number, .state = TrialState::kDone, .reward = accuracy};
  trial.choices = {static_cast<int>(number)};
  trial.measurements = {{"accuracy", accuracy}, {"validation_images", images}};
  return trial;
}

/// Forty candidates, the strategy's clearly above random ones.
StudyResult sound() {
  StudyResult result;
  for (int i = 0; i < 40; ++i) {
    result.search.push_back(done("search", i, 0.8 + 0.002 * i));
    result.baseline.push_back(done("baseline", i, 0.6 + 0.002 * i));
  }
  result.entropy_share = 0.5;
  result.complete = true;
  return result;
}

std::set<std::string> names_of(const StudyResult& result,
                               StudyFacts facts = {"my.db", StudyState::kComplete, false}) {
  const search::SearchSettings settings;
  const auto space = search::make_space(settings);
  StudyResult with_cells = result;
  // Cells of the space, as the alarms look into the best one.
  for (auto* trials : {&with_cells.search, &with_cells.baseline})
    for (Trial& trial : *trials) {
      trial.choices = space::Choices(space->decisions().size(), 0);
      trial.choices[1] = static_cast<int>(trial.number % 2);
    }
  std::set<std::string> names;
  for (const Finding& finding : examine_study(facts, settings, *space, with_cells).findings) {
    EXPECT_EQ(finding.area, "study");
    EXPECT_EQ(finding.where, "my.db");
    if (finding.name != "alarm_weightless") names.insert(finding.name);
  }
  return names;
}

using Names = std::set<std::string>;

TEST(ExamineStudy, FindsNothingInASoundOne) {
  EXPECT_EQ(names_of(sound()), Names());
}

TEST(ExamineStudy, NamesASilentDriver) {
  EXPECT_EQ(names_of(sound(), {"my.db", StudyState::kRunning, true}), Names{"silent_driver"});
}

TEST(ExamineStudy, NamesACollapse) {
  StudyResult result = sound();
  result.entropy_share = 0.01;
  EXPECT_EQ(names_of(result), Names{"alarm_entropy"});
}

TEST(ExamineStudy, NamesFailuresAndTheLackOfAResult) {
  StudyResult result = sound();
  for (Trial& trial : result.search) {
    trial.state = TrialState::kFailed;
    trial.cause = search::Cause::kTimeOut;
    trial.message = "took too long";
  }
  EXPECT_EQ(names_of(result), (Names{"failed_trials", "no_result"}));
  result = sound();
  result.search[3].state = TrialState::kFailed;
  result.search[3].cause = search::Cause::kKilled;
  EXPECT_EQ(names_of(result), Names{"failed_trials"});
}

TEST(ExamineStudy, NamesIntervalsThatTellNothing) {
  StudyResult result = sound();
  for (Trial& trial : result.search) trial = done("search", trial.number, trial.reward, 100);
  EXPECT_EQ(names_of(result), Names{"wide_interval"});
  result = sound();
  for (Trial& trial : result.baseline) trial.reward = trial.measurements["accuracy"] = 0.87;
  EXPECT_EQ(names_of(result), Names{"no_better_than_random"});
}

}  // namespace
}  // namespace nasnet::doctor
