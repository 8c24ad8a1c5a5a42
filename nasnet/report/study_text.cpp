#include "nasnet/report/study_text.h"

#include <fmt/format.h>

#include <iterator>

#include "nasnet/base/check.h"
#include "nasnet/report/no_result.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/report/study_alarms.h"
#include "nasnet/report/verdicts.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/space/draw.h"

// The report at the end of a search, for people. The order is that of the reader's questions: which
// cells, how good beside chance, is the difference real, did anything go wrong, what did it cost.

namespace nasnet::report {
namespace {

using search::SearchSettings;
using search::StudyResult;

template <class... Arguments>
void add(std::string& text, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Arguments>(arguments)...);
}

/// The findings of the trainings at the end, where there were any.
void add_findings(std::string& text, const SearchSettings& settings, const StudyResult& result) {
  const std::string strategy = to_text(settings.study.strategy);
  const search::Objective& objective = result.objective;
  const search::Findings findings = search::find(result);
  const auto add_line = [&](const std::string& line) {
    if (!line.empty()) add(text, "  {}\n", line);
  };
  if (!findings.search.empty())
    add(text, "\nThe best cells trained again, longer ({}):\n",
        objective.is_accuracy() ? "validation accuracy, not test accuracy" : "reward");
  for (const RetrainedRow& row : retrained_rows(strategy, objective, findings))
    add(text, "  {:<22} trial {:>6}   short {:>8}   longer {:>8}  ({} seeds)\n", row.name,
        row.trial, row.proxy, row.longer, row.seeds);
  add_line(retrained_means(strategy, objective, findings));
  add_line(retrained_verdict(strategy, objective, findings));
  for (const std::string& verdict : yardstick_verdicts(settings, result, findings))
    add_line(verdict);
  const std::string ranking = ranking_text(findings);
  if (!ranking.empty()) add(text, "\n{} {} {}\n", kRankingQuestion, ranking, kRankingScale);
}

void add_failures(std::string& text, const SearchSettings& settings, const StudyResult& result) {
  const std::vector<FailureRow> rows = failure_rows(result);
  for (const FailureRow& row : rows)
    add(text, "Failed, {}: {} ({})\n", row.cause, row.count, row.example);
  if (!rows.empty())
    add(text, "To try them again: {}; then the same command with --retry-failed.\n",
        failure_remedy(settings, result));
}

}  // namespace

std::string study_text(const SearchSettings& settings, const space::SearchSpace& space,
                       const StudyResult& result, const std::vector<Saved>& saved) {
  std::string text;
  NASNET_CHECK(!saved.empty(), "without a result there is a refusal, see explain_no_result()");
  const Saved& best = saved[0];
  const bool has_front = !result.objective.goals().empty();
  add(text, "\n{} (trial {} of {}):\n\n",
      has_front ? "The front that was found, and its first cell" : "The best cells found",
      best.trial.number, result.search.size());
  if (best.genotype) add(text, "{}\n", space::draw_terminal(*best.genotype));
  const search::Objective& objective = result.objective;
  for (const Saved& entry : saved) {
    add(text, "  {}", RewardText(objective).value(entry.trial.reward));
    const std::string values = objective_values(objective, entry.trial.measurements);
    if (!values.empty()) add(text, "  {}", values);
    if (entry.genotype) {
      add(text, "  {}  {}\n", entry.json_file, entry.svg_file);
    } else {
      add(text, "  {}", space.describe(entry.trial.choices));
      // Tables know what a cell reaches when it is trained fully.
      const auto& measured = entry.trial.measurements;
      if (const auto test = measured.find("test_accuracy"); test != measured.end())
        add(text, "  test {:.2f} %", 100 * test->second);
      add(text, "\n");
    }
  }

  add(text, "\n{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n", measure_name(objective), "best",
      "95 % interval", "mean +- std. error", "trials", "failed");
  for (const ArmRow& row : arm_rows(settings, result))
    add(text, "{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n", row.name, row.best, row.interval,
        row.mean, row.trials, row.failed);
  const auto add_line = [&](const std::string& line) {
    if (!line.empty()) add(text, "{}\n", line);
  };
  add_line(objective_text(settings, result));
  add_line(undrawn_text(settings, result));
  add_line(front_verdict(settings, result));
  // The evaluator tells what its rewards mean: of which training, on which images.
  if (const auto& explain = search::evaluator_kind(settings).explain)
    text += explain(search::evaluator_settings(settings));
  add_line(chance_verdict(settings, result));
  add_line(score_verdict(settings, result));
  add_line(earlier_verdict(settings, space, result));
  add_findings(text, settings, result);
  for (const search::Alarm& alarm : alarms_of(space, result)) add(text, "Alarm: {}.\n", alarm.text);
  add_failures(text, settings, result);
  add_line(cost_text(settings, result));
  add_line(spent_text(result));
  return text;
}

}  // namespace nasnet::report
