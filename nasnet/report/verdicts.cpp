#include "nasnet/report/verdicts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "nasnet/base/names.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/search/study/earlier_studies.h"
#include "nasnet/search/study/front_findings.h"
#include "nasnet/search/study/score_findings.h"
#include "nasnet/search/study/statistics.h"

namespace nasnet::report {
namespace {

using search::Estimate;
using search::Findings;
using search::SearchSettings;
using search::StudyResult;
using search::Trial;
using search::TrialState;

int64_t count_failed(const std::vector<Trial>& trials) {
  return std::count_if(trials.begin(), trials.end(),
                       [](const Trial& trial) { return trial.state == TrialState::kFailed; });
}

ArmRow arm_row(const std::string& name, const std::vector<Trial>& trials,
               const search::Objective& objective) {
  const RewardText rewards(objective);
  const auto best = search::best_trials(trials, 1, objective);
  const search::Mean mean = search::mean_reward(trials, objective);
  ArmRow row{name, "-", "-", rewards.spread(mean), mean.count, count_failed(trials)};
  if (!best.empty()) {
    row.best = rewards.value(best[0].reward);
    row.interval = rewards.range(search::reward_interval(best[0], objective));
  }
  return row;
}

std::string correlation(const Estimate& estimate) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", estimate.value, estimate.interval.low,
                     estimate.interval.high);
}

double average(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

void add_retrained(std::vector<RetrainedRow>& rows, const std::string& name,
                   const RewardText& rewards, const std::vector<search::Retrained>& cells) {
  for (const search::Retrained& cell : cells)
    rows.push_back({name, fmt::format("{}", cell.trial), rewards.value(cell.proxy),
                    rewards.value(average(cell.rewards)), std::ssize(cell.rewards)});
}

std::string title_of(const std::string& yardstick) {
  return "yardstick " + yardstick;
}

/// The trainings of a yardstick that are not done, in words; "" where all are.
std::string missing_text(const search::Yardstick& yardstick) {
  const int64_t failed = count_failed(yardstick.trials);
  const auto done = std::ranges::count(yardstick.trials, TrialState::kDone, &Trial::state);
  if (done == std::ssize(yardstick.trials)) return "";
  return fmt::format("Of the {}, {} of {} trainings are done, {} failed.", title_of(yardstick.name),
                     done, yardstick.trials.size(), failed);
}

/// Single short trainings: the search's is one of many.
std::string short_verdict(const std::string& strategy, const StudyResult& result,
                          const search::Yardstick& yardstick) {
  const auto best = search::best_trials(result.search, 1, result.objective);
  const auto own = search::best_trials(yardstick.trials, 1, result.objective);
  if (best.empty() || own.empty()) return "";
  return search::compare_bests(strategy, best[0], "the " + title_of(yardstick.name), own[0],
                               result.objective) +
         " The search's is the best of many, flattered by having been chosen; the yardstick was "
         "not chosen by its reward.";
}

std::string longer_verdict(const std::string& strategy, const search::Objective& objective,
                           const search::YardstickFinding& finding) {
  if (!finding.difference) return "";
  const search::Interval& range = finding.difference->interval;
  const std::string name = title_of(finding.name);
  const std::string difference = RewardText(objective).estimate(*finding.difference);
  if (range.low > 0)
    return fmt::format("{}'s best cells are above the {}, by {}.", strategy, name, difference);
  if (range.high < 0)
    return fmt::format("{}'s best cells are below the {}, by {}.", strategy, name, difference);
  return fmt::format(
      "{}'s best cells and the {} cannot be told apart: their difference is {}, 0 among it.",
      strategy, name, difference);
}

/// Fewer digits the longer it took.
std::string seconds(double value) {
  return fmt::format("{:.{}f}", value, value >= 10 ? 0 : value >= 0.1 ? 1 : 3);
}

}  // namespace

std::string measure_name(const search::Objective& objective) {
  return objective.is_accuracy() ? "validation accuracy" : "reward";
}

std::vector<ArmRow> arm_rows(const SearchSettings& settings, const StudyResult& result) {
  std::vector<ArmRow> rows = {
      arm_row(to_text(settings.study.strategy), result.search, result.objective)};
  if (!result.baseline.empty())
    rows.push_back(arm_row("random, same budget", result.baseline, result.objective));
  if (settings.study.seeds == 0)
    for (const search::Yardstick& yardstick : result.yardsticks)
      rows.push_back(arm_row(title_of(yardstick.name), yardstick.trials, result.objective));
  return rows;
}

std::string chance_verdict(const SearchSettings& settings, const StudyResult& result) {
  const std::string strategy = to_text(settings.study.strategy);
  const auto best = search::best_trials(result.search, 1, result.objective);
  const auto rival = search::best_trials(result.baseline, 1, result.objective);
  if (!best.empty() && !rival.empty())
    return search::compare_bests(strategy, best[0], "random search", rival[0], result.objective);
  if (!result.baseline.empty())
    return best.empty() ? "The search has found nothing to compare yet."
                        : "Random search has found nothing to compare with.";
  if (strategy == "random") return "";
  return fmt::format(
      "No random baseline was run (--no-baseline): nothing says that {} beats chance.", strategy);
}

std::string front_verdict(const SearchSettings& settings, const StudyResult& result) {
  const search::Objective& objective = result.objective;
  if (objective.goals().empty()) return "";
  const search::FrontFindings fronts = search::find_fronts(result);
  const auto members = [](const search::ArmFront& front) {
    return fmt::format("{} member{}", front.members.size(), front.members.size() == 1 ? "" : "s");
  };
  std::vector<std::string> names;
  for (const search::Goal& goal : objective.goals()) names.push_back(goal.text());
  const std::string strategy = to_text(settings.study.strategy);
  std::string text = fmt::format(
      "Goals: {} (reference {}). The front of {} has {} and the "
      "hypervolume {:.6g}",
      fmt::join(names, ", "), fmt::join(settings.study.reference, ", "), strategy,
      members(fronts.search), fronts.search.hypervolume);
  if (result.baseline.empty()) return text + ".";
  text += fmt::format(", that of random search {} and {:.6g}", members(fronts.baseline),
                      fronts.baseline.hypervolume);
  if (fronts.baseline.hypervolume > 0)
    text += fmt::format(": {:+.1f} %",
                        100 * (fronts.search.hypervolume / fronts.baseline.hypervolume - 1));
  return text +
         fmt::format(". One run of each: that alone does not say that {} is better.", strategy);
}

std::string score_verdict(const SearchSettings& settings, const StudyResult& result) {
  const search::ScoreFindings found = search::find_scores(settings.study, result);
  if (found.scores.empty()) return "";
  std::vector<std::string> parts;
  for (const search::ScoreFinding& score : found.scores)
    parts.push_back(fmt::format("{} {}", score.term.text(), correlation(score.kendall)));
  std::string text =
      fmt::format("Ranks beside the rewards of {} {}candidates, Kendall's tau: {}.",
                  found.candidates, found.of_baseline ? "random " : "", fmt::join(parts, ", "));
  if (!found.screen) return text;
  text += fmt::format(" The screen by their ranks: {}", correlation(*found.screen));
  if (found.screen->interval.high < 0)
    return text + ": it did harm, as it ranks the wrong way round here; search without it.";
  if (found.screen->interval.low <= 0) return text + ": it is not shown to help here.";
  return text + ".";
}

std::string earlier_verdict(const SearchSettings& settings, const space::SearchSpace& space,
                            const StudyResult& result) {
  const search::EarlierFindings found = search::find_earlier(space, settings.study, result);
  if (found.studies.empty()) return "";
  std::vector<std::string> parts;
  for (const search::EarlierFinding& study : found.studies) {
    std::string part = fmt::format("{} ({} trials) {}", printable(study.name), study.lessons,
                                   correlation(study.kendall));
    if (study.kendall.interval.high < 0)
      part += ", which misled";
    else if (study.kendall.interval.low <= 0)
      part += ", not shown to tell anything here";
    parts.push_back(std::move(part));
  }
  return fmt::format(
      "Learned from earlier studies, which by themselves rank {} {}candidates of this one, "
      "Kendall's "
      "tau: {}.",
      found.candidates, found.of_baseline ? "random " : "", fmt::join(parts, "; "));
}

std::string objective_text(const SearchSettings& settings, const StudyResult& result) {
  const search::Objective& objective = result.objective;
  const bool is_usual = settings.study.objective == search::kAccuracy;
  if (is_usual && objective.limits().empty()) return "";
  std::string text = is_usual ? "" : fmt::format("Objective: {}.", settings.study.objective);
  if (!settings.study.limits.empty())
    text += fmt::format("{}Under the limits {} no candidate beyond them is proposed.",
                        text.empty() ? "" : " ", fmt::join(settings.study.limits, ", "));
  if (objective.limits().empty()) return text;
  const int64_t beyond = count_beyond_limits(result.search, objective) +
                         count_beyond_limits(result.baseline, objective);
  const bool only_hard = objective.limits().size() == objective.hard_limits().size();
  if (beyond == 0 && only_hard) return text;
  text +=
      fmt::format(" Beyond its limits: {} of {}'s candidates",
                  count_beyond_limits(result.search, objective), to_text(settings.study.strategy));
  if (!result.baseline.empty())
    text += fmt::format(", {} of the random ones", count_beyond_limits(result.baseline, objective));
  return text + ".";
}

std::string undrawn_text(const SearchSettings& settings, const StudyResult& result) {
  if (result.undrawn == 0) return "";
  return fmt::format(
      "{} of {} proposals could not be drawn by the policy within its limits, and were drawn "
      "uniformly, not learned from: {} has seen little of what the limits leave; loosen them, or "
      "search with --strategy bananas.",
      result.undrawn, result.proposals, to_text(settings.study.strategy));
}

std::vector<RetrainedRow> retrained_rows(const std::string& strategy,
                                         const search::Objective& objective,
                                         const Findings& findings) {
  const RewardText rewards(objective);
  std::vector<RetrainedRow> rows;
  if (findings.search.empty()) return rows;
  add_retrained(rows, strategy, rewards, findings.search);
  add_retrained(rows, "random", rewards, findings.baseline);
  for (const search::YardstickFinding& yardstick : findings.yardsticks)
    if (!yardstick.rewards.empty())
      rows.push_back({title_of(yardstick.name), "-", "-", rewards.value(average(yardstick.rewards)),
                      std::ssize(yardstick.rewards)});
  return rows;
}

std::string retrained_means(const std::string& strategy, const search::Objective& objective,
                            const Findings& findings) {
  const RewardText rewards(objective);
  if (findings.search.empty()) return "";
  if (!findings.search_mean)
    return "One training decides nothing: ask for more --seeds or --retrain.";
  std::string text =
      fmt::format("mean of {}'s: {}", strategy, rewards.estimate(*findings.search_mean));
  if (findings.baseline_mean)
    text += fmt::format("; of random search's: {}", rewards.estimate(*findings.baseline_mean));
  for (const search::YardstickFinding& yardstick : findings.yardsticks)
    if (yardstick.mean)
      text += fmt::format("; of the {}: {}", title_of(yardstick.name),
                          rewards.estimate(*yardstick.mean));
  return text;
}

std::string retrained_verdict(const std::string& strategy, const search::Objective& objective,
                              const Findings& findings) {
  if (findings.search.empty() || !findings.difference) return "";
  const search::Interval& range = findings.difference->interval;
  const std::string difference = RewardText(objective).estimate(*findings.difference);
  // The interval decides, not the difference itself: one that holds 0 shows none.
  if (range.low > 0)
    return fmt::format("{}'s best cells are above random search's, by {}.", strategy, difference);
  if (range.high < 0)
    return fmt::format("{}'s best cells are below random search's, by {}.", strategy, difference);
  return fmt::format("The two cannot be told apart: their difference is {}, 0 among it.",
                     difference);
}

std::vector<std::string> yardstick_verdicts(const SearchSettings& settings,
                                            const StudyResult& result, const Findings& findings) {
  std::vector<std::string> verdicts;
  const auto add = [&](const std::string& verdict) {
    if (!verdict.empty()) verdicts.push_back(verdict);
  };
  const std::string strategy = to_text(settings.study.strategy);
  for (const search::YardstickFinding& finding : findings.yardsticks)
    add(longer_verdict(strategy, result.objective, finding));
  for (const search::Yardstick& yardstick : result.yardsticks) {
    if (settings.study.seeds == 0) add(short_verdict(strategy, result, yardstick));
    add(missing_text(yardstick));
  }
  return verdicts;
}

std::string ranking_text(const Findings& findings) {
  if (!findings.kendall) return "";
  return fmt::format("On {} candidates: Kendall's tau {},\nSpearman's rho {}.", findings.sampled,
                     correlation(*findings.kendall), correlation(*findings.spearman));
}

std::vector<FailureRow> failure_rows(const StudyResult& result) {
  std::map<std::string, FailureRow> causes;
  std::vector<const std::vector<Trial>*> arms = {&result.search, &result.baseline, &result.retrain,
                                                 &result.sample};
  for (const search::Yardstick& yardstick : result.yardsticks) arms.push_back(&yardstick.trials);
  for (const auto* trials : arms)
    for (const Trial& trial : *trials) {
      if (trial.state != TrialState::kFailed) continue;
      FailureRow& row = causes[search::to_text(trial.cause)];
      ++row.count;
      if (!row.example.empty()) continue;
      row.arm = trial.arm;
      row.trial = trial.number;
      row.example = fmt::format("{} trial {}: {}", trial.arm, trial.number, trial.message);
    }
  std::vector<FailureRow> rows;
  for (auto& [cause, row] : causes) {
    row.cause = cause;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string cost_text(const SearchSettings& settings, const StudyResult& result) {
  // Processor time of an arm: all attempts of its trials.
  const auto sum = [](const std::vector<Trial>& trials) {
    double seconds = 0;
    for (const Trial& trial : trials) seconds += trial.cost.core_seconds;
    return seconds;
  };
  std::string text = fmt::format(
      "Cost: {} core-seconds ({} {}, random {}", seconds(result.cost.core_seconds),
      to_text(settings.study.strategy), seconds(sum(result.search)), seconds(sum(result.baseline)));
  const double extra = sum(result.retrain) + sum(result.sample);
  if (extra > 0) text += fmt::format(", trained again {}", seconds(extra));
  text += fmt::format("); {} s of wall-clock time", seconds(result.seconds));
  double beside = 0;
  for (const search::Yardstick& yardstick : result.yardsticks) beside += sum(yardstick.trials);
  if (beside > 0) text += fmt::format("; beside it yardsticks {} core-seconds", seconds(beside));
  if (result.cost.gpu_seconds > 0)
    text += fmt::format("; {} s of GPUs", seconds(result.cost.gpu_seconds));
  if (result.cost.joules > 0) text += fmt::format("; {} kJ", seconds(result.cost.joules / 1000));
  return text + ".";
}

std::string spent_text(const StudyResult& result) {
  if (result.ended_by.empty()) return "";
  return fmt::format(
      "The budget of {} is spent before all trials were finished; a larger --{} resumes it.",
      result.ended_by, result.ended_by);
}

}  // namespace nasnet::report
