#include "nasnet/report/study_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/report/study_alarms.h"
#include "nasnet/search/study/read_study.h"

namespace nasnet::report {
namespace {

using search::StudyState;

int64_t count_finished(const search::StudyResult& result) {
  int64_t count = 0;
  for (const auto* trials : {&result.search, &result.baseline, &result.retrain, &result.sample})
    count += std::count_if(trials->begin(), trials->end(),
                           [](const search::Trial& trial) { return trial.finished(); });
  return count;
}

/// The best cells of the random arm, as many as of the search; they lie in no file.
std::vector<Saved> best_random(const search::SearchSettings& settings,
                               const space::SearchSpace& space, const search::StudyResult& result) {
  search::StudyResult baseline;
  baseline.objective = result.objective;
  baseline.search = result.baseline;
  return save_best(settings, space, baseline, false);
}

}  // namespace

StudyReport read_report(const std::string& store_url, const std::string& name) {
  const auto store = search::open_store(store_url, name, search::OpenMode::kRead);
  StudyReport report;
  report.study = search::read_stored_study(*store);
  // Where the study lies now: it may have been made elsewhere, under another name.
  report.study.settings.study_file = name;
  report.study.settings.store = store_url;
  const search::SearchSettings& settings = report.study.settings;
  report.space = search::make_space(settings);
  const search::StudySpec spec = search::make_spec(settings, *report.space, report.study.seed);
  report.driver = store->driver();
  report.driver_ended =
      report.driver.state == StudyState::kRunning && has_ended(report.driver.owner.process);
  report.result = search::read_study(*store, spec);
  report.result.complete = report.driver.state == StudyState::kComplete;
  report.result.entropy_share = search::read_entropy_share(*store, spec);
  if (report.driver.state == StudyState::kSpent)
    report.result.ended_by = search::spent_budget(search::make_budget(settings),
                                                  report.driver.seconds, report.result.cost);
  report.findings = search::find(report.result);
  report.alarms = alarms_of(*report.space, report.result);
  for (FailureRow& row : failure_rows(report.result)) {
    std::string log = store->trace(row.arm, row.trial).log;
    report.failures.push_back({std::move(row), std::move(log)});
  }
  report.best = save_best(settings, *report.space, report.result, false);
  report.random = best_random(settings, *report.space, report.result);
  report.finished = count_finished(report.result);
  report.total = std::max(report.finished, search::total_trials(spec));
  return report;
}

std::string state_text(const StudyReport& report) {
  const std::string count =
      fmt::format("{} of {} trials are finished", report.finished, report.total);
  switch (report.driver.state) {
    case StudyState::kNew:
      return "The study has not begun: it has no results yet.";
    case StudyState::kRunning:
      return report.driver_ended
                 ? fmt::format(
                       "The search was interrupted, and its driver has ended: {}; the same "
                       "command resumes it.",
                       count)
                 : fmt::format("The search is running: {}, and all figures will change.", count);
    case StudyState::kStopped:
      return fmt::format("The search was stopped: {}; the same command resumes it.", count);
    case StudyState::kSpent:
      return fmt::format("The search has spent its budget: {}.", count);
    case StudyState::kComplete:
      break;
  }
  return fmt::format("The search is complete: {}.", count);
}

}  // namespace nasnet::report
