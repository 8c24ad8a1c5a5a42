#include "nasnet/search/study/score_findings.h"

#include <algorithm>

#include "nasnet/base/rank_correlation.h"

namespace nasnet::search {
namespace {

constexpr int64_t kFewestScored = 10;

std::vector<ScreenTerm> scored_terms(const StudySettings& settings,
                                     const std::vector<Trial>& trials) {
  std::vector<ScreenTerm> terms = parse_screen(settings.screen, settings.screen_by).terms;
  for (const char* name : {"jacov", "naswot", "synflow"}) {
    const bool measured = std::any_of(trials.begin(), trials.end(), [&](const Trial& trial) {
      return trial.measurements.contains(name);
    });
    const bool is_there = std::any_of(
        terms.begin(), terms.end(), [&](const ScreenTerm& term) { return term.quantity == name; });
    if (measured && !is_there) terms.push_back({name, true});
  }
  return terms;
}

}  // namespace

ScoreFindings find_scores(const StudySettings& settings, const StudyResult& result) {
  ScoreFindings found;
  found.of_baseline = !result.baseline.empty();
  const std::vector<Trial>& trials = found.of_baseline ? result.baseline : result.search;
  const std::vector<ScreenTerm> terms = scored_terms(settings, trials);
  std::vector<double> rewards;
  std::vector<std::vector<double>> values(terms.size());
  for (const Trial& trial : trials) {
    const bool has_all = std::all_of(terms.begin(), terms.end(), [&](const ScreenTerm& term) {
      return trial.measurements.contains(term.quantity);
    });
    if (trial.state != TrialState::kDone || trial.repeats >= 0 || !has_all) continue;
    rewards.push_back(trial.reward);
    for (size_t k = 0; k < terms.size(); ++k)
      values[k].push_back((terms[k].maximize ? 1 : -1) * trial.measurements.at(terms[k].quantity));
  }
  if (terms.empty() || std::ssize(rewards) < kFewestScored) return {};
  found.candidates = std::ssize(rewards);
  std::vector<double> sum(rewards.size(), 0);
  for (size_t k = 0; k < terms.size(); ++k) {
    found.scores.push_back({terms[k], bootstrap_kendall(values[k], rewards)});
    if (k >= settings.screen_by.size()) continue;
    const std::vector<double> own = ranks(values[k]);
    for (size_t i = 0; i < own.size(); ++i) sum[i] += own[i];
  }
  if (settings.screen > 1) found.screen = bootstrap_kendall(sum, rewards);
  return found;
}

}  // namespace nasnet::search
