#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/search/executor.h"
#include "nasnet/search/ppo.h"
#include "nasnet/search/store.h"
#include "nasnet/search/strategy.h"

namespace nasnet::search {

/// How a study is run. What is searched and how children are judged stands beside it, with the
/// evaluator.
struct StudySettings {
  std::string strategy = "ppo";
  int64_t trials = 100;
  bool baseline = true;
  int generation = 20;
  int lag = 1;
  PpoSettings ppo;
  bool operator==(const StudySettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, StudySettings& s) {
  v("strategy", s.strategy, "who proposes the candidates", Range{.one_of = strategy_names()});
  v("trials", s.trials, "candidates to evaluate, as many again for the random baseline",
    Range{1, 1e9});
  v("baseline", s.baseline, "evaluate as many random candidates beside, to compare with");
  v("generation", s.generation, "candidates proposed together", Range{1, 1e6});
  v("lag", s.lag,
    "generations proposed before a generation's rewards are learned from; 0 makes workers wait",
    Range{0, 1000});
  visit_settings(v, s.ppo);
}

/// Trials of both arms; the baseline of random search would be itself.
inline int64_t total_trials(const StudySettings& settings) {
  return settings.trials * (settings.baseline && settings.strategy != "random" ? 2 : 1);
}

/// Where a running study stands, for whoever shows it.
struct StudyStatus {
  int64_t finished = 0, total = 0;  ///< trials of both arms
  std::optional<double> best;       ///< reward of the search arm's best
  int64_t images = 0;               ///< worked on in this run
};

struct StudyBudget {
  double seconds = 0;  ///< of wall-clock time, over all runs of the study; 0: no limit
};

/// What a study has found so far.
struct StudyResult {
  std::vector<Trial> search, baseline;  ///< in trial order, as many as the trials asked for
  double core_seconds = 0;              ///< of all evaluations
  double seconds = 0;                   ///< of wall-clock time, over all runs
  bool complete = false;                ///< all trials are finished
};

/// The best trials that are done, at most `count`, the best first; earlier trials win ties.
std::vector<Trial> best_trials(const std::vector<Trial>& trials, size_t count);

/// Runs the study until its trials are finished or its time is spent.
///
/// Each arm goes on generation by generation: generation g is proposed when exactly the generations
/// before g - lag have been observed, and rewards are observed in trial order, so that neither the
/// number of workers nor their timing changes a proposal. A generation's observation, the
/// strategy's new state and the next proposals are stored in one transaction; results are stored
/// within a twentieth of a second. A run that was killed at any moment therefore goes on as if it
/// had not been.
///
/// A trial that fails keeps its cause, is never the best, and is tried twice where its process
/// died. Throws Interrupted when the user stops it, Error where the first five trials all failed.
StudyResult run_study(Store& store, const space::SearchSpace& space, const StudySettings& settings,
                      uint64_t seed, const StudyBudget& budget, Executor& executor,
                      const std::function<void(const StudyStatus&)>& show = {});

/// Compares the settings and the data set that results depend on with those that the study was made
/// with, or stores them where it is new. Throws InputError naming the first that differs;
/// `may_change` are left out. A setting that the study does not name is newer than the study, which
/// was then made with its default.
void settle_settings(Store& store, const nlohmann::json& settings, const std::string& data_digest,
                     const std::vector<std::string>& may_change,
                     const nlohmann::json& defaults = nlohmann::json::object());

}  // namespace nasnet::search
