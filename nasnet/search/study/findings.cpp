#include "nasnet/search/study/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace nasnet::search {
namespace {

/// The latest trials of a search that alarms look at, and the fewest that tell anything.
constexpr size_t kLatest = 100, kFewest = 40;
constexpr double kLowEntropy = 0.05, kManyRepeats = 0.5, kMostlyWeightless = 0.8;
constexpr double kFlat = 1e-3;

/// The cells of an arm that were trained again: the best of it, as the study chose them.
std::vector<Retrained> retrained_of(const std::vector<Trial>& arm, const Objective& objective,
                                    const std::map<space::Choices, std::vector<double>>& rewards) {
  std::vector<Retrained> cells;
  for (const Trial& trial : best_trials(arm, arm.size(), objective)) {
    const auto found = rewards.find(trial.choices);
    if (found == rewards.end() || trial.repeats >= 0 || found->second.empty()) continue;
    cells.push_back({trial.choices, trial.number, trial.reward, found->second});
  }
  return cells;
}

Groups groups_of(const std::vector<Retrained>& cells) {
  Groups groups;
  for (const Retrained& cell : cells) groups.push_back(cell.rewards);
  return groups;
}

YardstickFinding judge(const Yardstick& yardstick, const Groups& ours) {
  YardstickFinding finding{yardstick.name, {}, {}, {}};
  for (const Trial& trial : yardstick.trials)
    if (trial.state == TrialState::kDone) finding.rewards.push_back(trial.reward);
  if (finding.rewards.empty() || !has_spread({finding.rewards})) return finding;
  finding.mean = bootstrap_mean({finding.rewards});
  if (has_spread(ours)) finding.difference = bootstrap_difference(ours, {finding.rewards});
  return finding;
}

/// The latest trials that are done.
std::vector<const Trial*> latest(const std::vector<Trial>& trials) {
  std::vector<const Trial*> done;
  for (auto trial = trials.rbegin(); trial != trials.rend() && done.size() < kLatest; ++trial)
    if (trial->state == TrialState::kDone) done.push_back(&*trial);
  return done;
}

}  // namespace

Findings find(const StudyResult& result) {
  Findings findings;
  std::map<space::Choices, std::vector<double>> rewards;
  for (const Trial& trial : result.retrain)
    if (trial.state == TrialState::kDone) rewards[trial.choices].push_back(trial.reward);
  findings.search = retrained_of(result.search, result.objective, rewards);
  findings.baseline = retrained_of(result.baseline, result.objective, rewards);
  const Groups ours = groups_of(findings.search), theirs = groups_of(findings.baseline);
  if (has_spread(ours)) findings.search_mean = bootstrap_mean(ours);
  if (has_spread(theirs)) findings.baseline_mean = bootstrap_mean(theirs);
  if (has_spread(ours) && has_spread(theirs))
    findings.difference = bootstrap_difference(ours, theirs);
  if (!ours.empty())
    for (const Yardstick& yardstick : result.yardsticks)
      findings.yardsticks.push_back(judge(yardstick, ours));

  std::map<space::Choices, double> proxy;
  for (const Trial& trial : result.search)
    if (trial.state == TrialState::kDone)  // rewards of other rungs are of other trainings
      proxy.emplace(trial.choices, trial.rungs.empty() ? trial.reward : trial.rungs[0]);
  std::vector<double> x, y;
  for (const Trial& trial : result.sample) {
    if (trial.state != TrialState::kDone || !proxy.contains(trial.choices)) continue;
    x.push_back(proxy.at(trial.choices));
    y.push_back(trial.reward);
  }
  findings.sampled = static_cast<int64_t>(x.size());
  if (x.size() >= 3) {
    findings.kendall = bootstrap_kendall(x, y);
    findings.spearman = bootstrap_spearman(x, y);
  }
  return findings;
}

std::vector<Alarm> alarms(const StudyResult& result,
                          const std::function<double(const space::Choices&)>& weightless) {
  std::vector<Alarm> found;
  const auto raise = [&](const char* name, std::string text) {
    found.push_back({name, std::move(text)});
  };
  if (result.entropy_share && *result.entropy_share < kLowEntropy)
    raise("entropy", fmt::format("the policy has collapsed: its entropy is {:.1f} % of the most "
                                 "that it could be; a larger "
                                 "--entropy-weight or a smaller --controller-rate keeps it open",
                                 100 * *result.entropy_share));
  const std::vector<const Trial*> trials = latest(result.search);
  const auto count = static_cast<double>(trials.size());
  if (trials.size() >= kFewest) {
    const auto repeats = static_cast<double>(std::count_if(
        trials.begin(), trials.end(), [](const Trial* trial) { return trial->repeats >= 0; }));
    if (repeats > kManyRepeats * count)
      raise("repeats", fmt::format("{:.0f} % of the latest {} candidates repeat earlier ones: "
                                   "the search looks at nothing new",
                                   100 * repeats / count, trials.size()));
    double sum = 0, squares = 0, largest = 0;
    for (const Trial* trial : trials) {
      sum += trial->reward;
      largest = std::max(largest, std::abs(trial->reward));
    }
    for (const Trial* trial : trials) squares += std::pow(trial->reward - sum / count, 2);
    const double deviation = std::sqrt(squares / count);
    if (deviation < kFlat * (result.objective.is_accuracy() ? 1 : largest))
      raise("flat",
            fmt::format("the latest {} rewards are all but the same (their standard deviation is "
                        "{:.5f}): the advantage that the strategy learns from is near zero; "
                        "train children longer, or on more validation images",
                        trials.size(), deviation));
  }
  const std::vector<Trial> best = best_trials(result.search, 1, result.objective);
  if (weightless && !best.empty()) {
    const double share = weightless(best[0].choices);
    if (share >= kMostlyWeightless)
      raise("weightless", fmt::format("{:.0f} % of the best candidate's operations are identities, "
                                      "pools and the like: the short training prefers cells that "
                                      "learn fast; train children longer before trusting it",
                                      100 * share));
  }
  return found;
}

}  // namespace nasnet::search
