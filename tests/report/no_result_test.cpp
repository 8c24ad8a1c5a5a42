#include "nasnet/report/no_result.h"

#include <gtest/gtest.h>

#include "nasnet/base/settings.h"

namespace nasnet::report {
namespace {

using search::Cause;
using search::SearchSettings;
using search::StudyResult;

search::Trial failed(const char* arm, int64_t number, Cause cause, const char* message) {
  search::Trial trial;
  trial.arm = arm;
  trial.number = number;
  trial.state = search::TrialState::kFailed;
  trial.cause = cause;
  trial.message = message;
  return trial;
}

/// A study whose only trial failed so.
StudyResult failed_by(Cause cause) {
  StudyResult result;
  result.search = {failed("search", 0, cause, "so")};
  return result;
}

TEST(NoResult, EachCauseHasItsRemedy) {
  SearchSettings settings;
  settings.study.retry.killed = 7;
  const auto remedy = [&](Cause cause) { return failure_remedy(settings, failed_by(cause)); };
  EXPECT_EQ(remedy(Cause::kTimeOut), "raise --trial-time (now without a limit)");
  EXPECT_EQ(remedy(Cause::kKilled),
            "find out why the workers end, or allow more --retry-killed (now 7)");
  EXPECT_EQ(remedy(Cause::kDataError), "mend the data set");
  EXPECT_EQ(remedy(Cause::kNotANumber), "begin another --study with a lower --learning-rate");
  EXPECT_EQ(remedy(Cause::kException), "mend the fault that the message names");
  EXPECT_EQ(remedy(Cause::kOutOfMemory),
            "leave each more memory with fewer --workers, or bound a child's with --memory");
  settings.trial_time = "1s";
  EXPECT_EQ(remedy(Cause::kTimeOut), "raise --trial-time (now 1s)");
  EXPECT_EQ(failure_remedy(settings, {}), "") << "nothing has failed";
}

TEST(NoResult, TheLimitThatMemoryRanIntoIsNamed) {
  SearchSettings settings;
  settings_from_json(settings, {{"memory", "1G"}}, "");
  const StudyResult result = failed_by(Cause::kOutOfMemory);
  EXPECT_EQ(failure_remedy(settings, result), "raise --memory (now 1G)");
  settings.trial_memory = "300M";
  EXPECT_EQ(failure_remedy(settings, result), "raise --trial-memory (now 300M)");
}

TEST(NoResult, FailuresOfAllArmsAreCountedByCauseWithTheLastOfEach) {
  StudyResult result;
  result.search = {failed("search", 0, Cause::kKilled, "signal 9"),
                   failed("search", 1, Cause::kTimeOut, "2 s are over")};
  result.baseline = {failed("baseline", 0, Cause::kKilled, "signal 15")};
  EXPECT_EQ(explain_no_result({}, result),
            "all 3 trials failed: 1 took too long (the last: search trial 1: 2 s are over), 2 were "
            "killed (the last: baseline trial 0: signal 15); raise --trial-time (now without a "
            "limit); find out why the workers end, or allow more --retry-killed (now 3); then run "
            "the same command again with --retry-failed, which tries the failed trials once more");
}

TEST(NoResult, ASpentBudgetIsToldInItsOwnUnit) {
  SearchSettings settings;
  settings.time = "2m";
  settings.core_hours = 0.5;
  settings.gpu_hours = 0.25;
  settings.energy = "5kJ";
  StudyResult result;
  result.seconds = 121.5;
  result.cost = {.core_seconds = 1800, .gpu_seconds = 900, .joules = 5250};
  const auto told = [&](const char* budget) {
    result.ended_by = budget;
    return explain_no_result(settings, result);
  };
  EXPECT_EQ(told("time"),
            "the budget of time (--time 2m, 121.5 s spent) was spent before a trial of the search "
            "was done; give a larger --time; then run the same command again");
  EXPECT_NE(told("core-hours").find("(--core-hours 0.5, 0.5 spent)"), std::string::npos);
  EXPECT_NE(told("gpu-hours").find("(--gpu-hours 0.25, 0.25 spent)"), std::string::npos);
  EXPECT_NE(told("energy").find("(--energy 5kJ, 5.25 kJ spent)"), std::string::npos);
}

TEST(NoResult, AStudyWithoutTrialsIsToldToo) {
  EXPECT_EQ(explain_no_result({}, {}),
            "the study has no trial that is done; then run the same command again");
}

}  // namespace
}  // namespace nasnet::report
