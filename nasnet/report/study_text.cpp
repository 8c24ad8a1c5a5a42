#include "nasnet/report/study_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "nasnet/base/check.h"
#include "nasnet/report/no_result.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/report/study_alarms.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/draw.h"

// The report at the end of a search, for people. The order is that of the reader's questions: which
// cells, how good beside chance, is the difference real, did anything go wrong, what did it cost.

namespace nasnet::report {
namespace {

using search::Estimate;
using search::Interval;
using search::SearchSettings;
using search::StudyResult;
using search::Trial;
using search::TrialState;

template <class... Arguments>
void add(std::string& text, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Arguments>(arguments)...);
}

int64_t count_failed(const std::vector<Trial>& trials) {
  return std::count_if(trials.begin(), trials.end(),
                       [](const Trial& trial) { return trial.state == TrialState::kFailed; });
}

/// One line of the table: an arm's best and mean reward, with their spread.
void add_arm(std::string& text, const std::string& name, const std::vector<Trial>& trials,
             const search::Objective& objective) {
  const RewardText rewards(objective);
  const auto best = search::best_trials(trials, 1, objective);
  const search::Mean mean = search::mean_reward(trials, objective);
  std::string reward = "-", interval = "-";
  if (!best.empty()) {
    reward = rewards.value(best[0].reward);
    interval = rewards.range(search::reward_interval(best[0], objective));
  }
  add(text, "{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n", name, reward, interval,
      rewards.spread(mean), mean.count, count_failed(trials));
}

std::string number(const Estimate& estimate) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", estimate.value, estimate.interval.low,
                     estimate.interval.high);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// Each cell's reward of the search beside the mean of its longer trainings.
void add_retrained(std::string& text, const std::string& name, const RewardText& rewards,
                   const std::vector<search::Retrained>& cells) {
  for (const search::Retrained& cell : cells)
    add(text, "  {:<22} trial {:>6}   short {:>8}   longer {:>8}  ({} seeds)\n", name, cell.trial,
        rewards.value(cell.proxy), rewards.value(mean_of(cell.rewards)), cell.rewards.size());
}

/// The findings of the trainings at the end, where there were any.
void add_findings(std::string& text, const std::string& strategy,
                  const search::Objective& objective, const search::Findings& findings) {
  const RewardText rewards(objective);
  if (!findings.search.empty()) {
    add(text, "\nThe best cells trained again, longer ({}):\n",
        objective.is_accuracy() ? "validation accuracy, not test accuracy" : "reward");
    add_retrained(text, strategy, rewards, findings.search);
    add_retrained(text, "random", rewards, findings.baseline);
    if (findings.search_mean) {
      add(text, "  mean of {}'s: {}", strategy, rewards.estimate(*findings.search_mean));
      if (findings.baseline_mean)
        add(text, "; of random search's: {}", rewards.estimate(*findings.baseline_mean));
      add(text, "\n");
    } else {
      add(text, "  One training decides nothing: ask for more --seeds or --retrain.\n");
    }
    if (findings.difference) {
      const Interval& range = findings.difference->interval;
      const std::string difference = rewards.estimate(*findings.difference);
      // The interval decides, not the difference itself: one that holds 0 shows none.
      if (range.low > 0) {
        add(text, "  {}'s best cells are above random search's, by {}.\n", strategy, difference);
      } else if (range.high < 0) {
        add(text, "  {}'s best cells are below random search's, by {}.\n", strategy, difference);
      } else {
        add(text, "  The two cannot be told apart: their difference is {}, 0 among it.\n",
            difference);
      }
    }
  }
  if (findings.kendall)
    add(text,
        "\nDoes the short training rank as the longer one does? On {} candidates: Kendall's "
        "tau {},\nSpearman's rho {}. 1: the same order, 0: none.\n",
        findings.sampled, number(*findings.kendall), number(*findings.spearman));
}

/// Fewer digits the longer it took.
std::string seconds(double value) {
  return fmt::format("{:.{}f}", value, value >= 10 ? 0 : value >= 0.1 ? 1 : 3);
}

void add_cost(std::string& text, const SearchSettings& settings, const StudyResult& result) {
  // Processor time of an arm: all attempts of its trials.
  const auto sum = [](const std::vector<Trial>& trials) {
    double seconds = 0;
    for (const Trial& trial : trials) seconds += trial.cost.core_seconds;
    return seconds;
  };
  add(text, "Cost: {} core-seconds ({} {}, random {}", seconds(result.cost.core_seconds),
      to_text(settings.study.strategy), seconds(sum(result.search)), seconds(sum(result.baseline)));
  const double extra = sum(result.retrain) + sum(result.sample);
  if (extra > 0) add(text, ", trained again {}", seconds(extra));
  add(text, "); {} s of wall-clock time", seconds(result.seconds));
  if (result.cost.gpu_seconds > 0) add(text, "; {} s of GPUs", seconds(result.cost.gpu_seconds));
  if (result.cost.joules > 0) add(text, "; {} kJ", seconds(result.cost.joules / 1000));
  add(text, ".\n");
}

/// How many failed for which reason, and one example each.
void add_failures(std::string& text, const SearchSettings& settings, const StudyResult& result) {
  std::map<std::string, std::pair<int64_t, std::string>> causes;
  for (const auto* trials : {&result.search, &result.baseline, &result.retrain, &result.sample})
    for (const Trial& trial : *trials) {
      if (trial.state != TrialState::kFailed) continue;
      auto& [count, example] = causes[search::to_text(trial.cause)];
      ++count;
      if (example.empty())
        example = fmt::format("{} trial {}: {}", trial.arm, trial.number, trial.message);
    }
  for (const auto& [cause, entry] : causes)
    add(text, "Failed, {}: {} ({})\n", cause, entry.first, entry.second);
  if (!causes.empty())
    add(text, "To try them again: {}; then the same command with --retry-failed.\n",
        failure_remedy(settings, result));
}

/// The objective, where it is another than the accuracy, and how many candidates exceed its limits.
void add_objective(std::string& text, const SearchSettings& settings, const StudyResult& result) {
  const search::Objective& objective = result.objective;
  if (objective == search::Objective()) return;
  add(text, "Objective: {}.", settings.study.objective);
  if (!objective.limits().empty()) {
    add(text, " Beyond its limits: {} of {}'s candidates",
        count_beyond_limits(result.search, objective), to_text(settings.study.strategy));
    if (!result.baseline.empty())
      add(text, ", {} of the random ones", count_beyond_limits(result.baseline, objective));
    add(text, ".");
  }
  add(text, "\n");
}

}  // namespace

std::string study_text(const SearchSettings& settings, const space::SearchSpace& space,
                       const StudyResult& result, const std::vector<Saved>& saved) {
  std::string text;
  const std::string strategy = to_text(settings.study.strategy);
  NASNET_CHECK(!saved.empty(), "without a result there is a refusal, see explain_no_result()");
  const Saved& best = saved[0];
  add(text, "\nThe best cells found (trial {} of {}):\n\n", best.trial.number,
      result.search.size());
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

  add(text, "\n{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n",
      objective.is_accuracy() ? "validation accuracy" : "reward", "best", "95 % interval",
      "mean +- std. error", "trials", "failed");
  add_arm(text, strategy, result.search, objective);
  if (!result.baseline.empty()) add_arm(text, "random, same budget", result.baseline, objective);
  add_objective(text, settings, result);
  // The evaluator tells what its rewards mean: of which training, on which images.
  if (const auto& explain = search::evaluator_kind(settings).explain)
    text += explain(search::evaluator_settings(settings));
  // No strategy is praised without random search beside it: one sentence says which is ahead, or
  // that nothing says so.
  const auto rival = search::best_trials(result.baseline, 1, objective);
  if (!rival.empty()) {
    add(text, "{}\n",
        search::compare_bests(strategy, best.trial, "random search", rival[0], objective));
  } else if (!result.baseline.empty()) {
    add(text, "Random search has found nothing to compare with.\n");
  } else if (strategy != "random") {
    add(text, "No random baseline was run (--no-baseline): nothing says that {} beats chance.\n",
        strategy);
  }
  add_findings(text, strategy, objective, search::find(result));
  for (const search::Alarm& alarm : alarms_of(space, result)) add(text, "Alarm: {}.\n", alarm.text);
  add_failures(text, settings, result);
  add_cost(text, settings, result);
  if (!result.ended_by.empty())
    add(text,
        "The budget of {} is spent before all trials were finished; a larger --{} resumes it.\n",
        result.ended_by, result.ended_by);
  return text;
}

}  // namespace nasnet::report
