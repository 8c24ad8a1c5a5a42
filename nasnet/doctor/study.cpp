#include "nasnet/doctor/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/report/no_result.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/report/study_alarms.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/read_study.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/search/study/stored_study.h"

// Verdicts of others, each with its weight and its remedy.

namespace nasnet::doctor {
namespace {

using search::StudyResult;
using search::StudyState;
using search::Trial;
using search::TrialState;

/// Half of the best trial's interval; wider ones hardly tell two cells apart.
constexpr double kWideInterval = 0.02;
/// Of all trials that were tried.
constexpr double kManyFailed = 0.1;

class StudyJudge {
 public:
  StudyJudge(const StudyFacts& facts, const search::SearchSettings& settings,
             const space::SearchSpace& space, const StudyResult& result)
      : facts_(facts), settings_(settings), space_(space), study_(result) {}

  Diagnosis judge() {
    if (facts_.is_silent)
      add("silent_driver", Severity::kProblem, 1, "it is to be running, but nobody drives it",
          "start the same search again: it resumes where it was; its finished trials are safe");
    judge_failures();
    const std::vector<Trial> best = search::best_trials(study_.search, 1, study_.objective);
    if (best.empty()) {
      if (done() + failed() > 0 && facts_.state != StudyState::kRunning)
        add("no_result", Severity::kProblem, 1, report::explain_no_result(settings_, study_), "");
    } else {
      for (const search::Alarm& alarm : report::alarms_of(space_, study_))
        add("alarm_" + alarm.name, Severity::kWarning, 1, alarm.text, "");
      judge_intervals(best[0]);
      judge_findings();
    }
    result_.facts["studies"] =
        nlohmann::ordered_json::array({{{"name", facts_.name},
                                        {"state", search::to_text(facts_.state)},
                                        {"done", done()},
                                        {"failed", failed()}}});
    return std::move(result_);
  }

 private:
  Finding& add(std::string name, Severity severity, int64_t count, std::string text,
               std::string remedy) {
    return result_.findings.emplace_back(Finding{.name = std::move(name),
                                                 .severity = severity,
                                                 .area = "study",
                                                 .where = facts_.name,
                                                 .count = count,
                                                 .text = std::move(text),
                                                 .remedy = std::move(remedy),
                                                 .examples = {}});
  }

  template <class Work>
  void for_trials(const Work& work) const {
    for (const auto* trials : {&study_.search, &study_.baseline, &study_.retrain, &study_.sample})
      for (const Trial& trial : *trials) work(trial);
  }
  int64_t count(TrialState state) const {
    int64_t number = 0;
    for_trials([&](const Trial& trial) { number += trial.state == state; });
    return number;
  }
  int64_t done() const { return count(TrialState::kDone); }
  int64_t failed() const { return count(TrialState::kFailed); }

  void judge_failures() {
    const int64_t number = failed();
    if (number == 0) return;
    std::map<std::string, int64_t> causes;
    std::vector<std::string> examples;
    for_trials([&](const Trial& trial) {
      if (trial.state != TrialState::kFailed) return;
      ++causes[search::to_text(trial.cause)];
      examples.push_back(
          fmt::format("{} trial {}: {}", trial.arm, trial.number, printable(trial.message)));
    });
    std::string text;
    for (const auto& [cause, trials] : causes)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", trials, cause);
    const bool many =
        static_cast<double>(number) > kManyFailed * static_cast<double>(number + done());
    const std::string remedy = report::failure_remedy(settings_, study_);
    add("failed_trials", many ? Severity::kProblem : Severity::kWarning, number,
        fmt::format("{} of {} trials failed: {}", number, number + done(), text),
        remedy.empty() ? "" : remedy + "; then the same search with --retry-failed")
        .examples = std::move(examples);
  }

  void judge_intervals(const Trial& best) {
    const report::RewardText rewards(study_.objective);
    const search::Interval ours = search::reward_interval(best, study_.objective);
    if (study_.objective.is_accuracy() && (ours.high - ours.low) / 2 > kWideInterval)
      add("wide_interval", Severity::kWarning, 1,
          fmt::format("the best trial's {} may be {}: too few validation images to tell cells "
                      "apart",
                      rewards.value(best.reward), rewards.range(ours)),
          "a study with more --validation-images");
    const std::vector<Trial> random = search::best_trials(study_.baseline, 1, study_.objective);
    if (random.empty() || facts_.state == StudyState::kRunning) return;
    const search::Interval theirs = search::reward_interval(random[0], study_.objective);
    if (ours.low <= theirs.high)
      add("no_better_than_random", Severity::kWarning, 1,
          search::compare_bests(to_text(settings_.study.strategy), best, "random", random[0],
                                study_.objective),
          "more trials, or more --seeds for the best cells, before the strategy is credited");
  }

  void judge_findings() {
    const search::Findings findings = search::find(study_);
    if (findings.kendall && findings.kendall->interval.low <= 0)
      add("unranked_proxy", Severity::kWarning, findings.sampled,
          fmt::format("the short training may not rank cells as the longer one does: Kendall's tau "
                      "{:.2f} ({:.2f} to {:.2f})",
                      findings.kendall->value, findings.kendall->interval.low,
                      findings.kendall->interval.high),
          "train children longer or on more images, or compare more of them with --sample");
    if (findings.difference && findings.difference->interval.low <= 0 &&
        findings.difference->interval.high >= 0)
      add("undecided", Severity::kWarning, 1,
          fmt::format("the best cells, trained again, cannot be told from random search's: their "
                      "difference is {}",
                      report::RewardText(study_.objective).estimate(*findings.difference)),
          "more --seeds or --retrain");
  }

  const StudyFacts& facts_;
  const search::SearchSettings& settings_;
  const space::SearchSpace& space_;
  const StudyResult& study_;
  Diagnosis result_;
};

/// True if the driver says nothing for so many seconds; it beats about once a second.
bool listen(search::Store& store, double patience) {
  using Clock = std::chrono::steady_clock;
  const search::DriverRecord before = store.driver();
  const auto end = Clock::now() + std::chrono::duration<double>(patience);
  while (Clock::now() < end) {
    check_interrupt("stopped; nothing was changed");
    const search::DriverRecord now = store.driver();
    if (now.state != StudyState::kRunning || now.beat != before.beat || now.epoch != before.epoch)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

}  // namespace

Diagnosis examine_study(const StudyFacts& facts, const search::SearchSettings& settings,
                        const space::SearchSpace& space, const search::StudyResult& result) {
  return StudyJudge(facts, settings, space, result).judge();
}

Diagnosis examine_study(const std::string& store, const std::string& study, double patience) {
  constexpr double kServer = 10;
  const auto opened = search::open_store(store, study, search::OpenMode::kRead, kServer);
  search::StoredStudy stored = search::read_stored_study(*opened);
  stored.settings.study_file = study;
  const auto space = search::make_space(stored.settings);
  const search::StudySpec spec = search::make_spec(stored.settings, *space, stored.seed);
  StudyFacts facts{printable(study), opened->driver().state, false};
  if (facts.state == StudyState::kRunning) facts.is_silent = listen(*opened, patience);
  search::StudyResult result = search::read_study(*opened, spec);
  result.complete = facts.state == StudyState::kComplete;
  return examine_study(facts, stored.settings, *space, result);
}

}  // namespace nasnet::doctor
