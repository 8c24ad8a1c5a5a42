#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/search/goals/candidates.h"
#include "nasnet/search/goals/objective.h"
#include "nasnet/search/store/retry.h"
#include "nasnet/search/store/store.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "nasnet/search/study/halving.h"
#include "nasnet/search/workers/crew.h"
#include "nasnet/search/workers/task_runner.h"

namespace nasnet::search {

/// The network whose quantities goals and limits mean where evaluators count several.
enum class LimitStack { kFinal, kChild };
constexpr EnumNames<LimitStack, 2> names_of(LimitStack) {
  return {{{LimitStack::kFinal, "final"}, {LimitStack::kChild, "child"}}};
}

/// How a study is run. What is searched and how children are judged stands beside it, with the
/// evaluator.
struct StudySettings {
  std::string objective = kAccuracy;
  std::vector<std::string> goals, limits, reference;
  LimitStack limit_stack = LimitStack::kFinal;
  std::string reward_target;
  int screen = 1;
  std::vector<std::string> screen_by, columns, learn_from;
  StrategyKind strategy = StrategyKind::kPpo;
  int64_t trials = 100;
  bool baseline = true;
  int generation = 20;
  int lag = 1;
  StrategySettings strategies;
  HalvingSettings halving;
  int retrain = 3;
  int seeds = 0;
  int retrain_epochs = 0;
  int sample = 0;
  RetrySettings retry;
  int64_t max_failed = 0;
  double lease = 60;
  bool operator==(const StudySettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, StudySettings& s) {
  v.topic("Budget");
  v("trials", s.trials, "candidates to evaluate, as many again for the random baseline",
    Range{1, 1e9})
      .everyone_needs_it()
      .may_change_on_resume();
  v.topic("Objective");
  v("objective", s.objective,
    "the measurements that count: goals, as accuracy, \"minimize multiply_adds around 20M\", and "
    "limits, as \"parameters <= 3M\", with commas between them (docs/objective.md)")
      .as("TERMS")
      .everyone_needs_it();
  v("goal", s.goals,
    "one of several measurements of which the best compromises are looked for, as accuracy and "
    "multiply_adds; give it once for each (docs/goals.md)")
      .as("NAME")
      .everyone_needs_it();
  v("limit", s.limits,
    "a bound that candidates keep before they are trained, as multiply_adds=30M; none: without the "
    "limits that the study had")
      .as("NAME=VALUE")
      .everyone_needs_it()
      .is_kept_on_resume();
  v("limit_stack", s.limit_stack,
    "the network that goals and limits count: the one to be trained finally (--final-cells, "
    "--final-filters), or the child");
  v("reference", s.reference,
    "value of a goal that is worse than all that matter, from which the hypervolume is measured; "
    "derived where it is not given")
      .as("NAME=VALUE");
  v("reward_target", s.reward_target,
    "for ppo and reinforce: takes 0.10 x |value / target - 1| from the reward, so that rewards are "
    "best near the target; as multiply_adds=20M")
      .as("NAME=VALUE");
  v.topic("Strategy");
  v("screen", s.screen,
    "candidates drawn for each that is trained, the one whose counts and --scores are best; 1: no "
    "screen (docs/scores.md)",
    Range{1, 1000});
  v("screen_by", s.screen_by,
    "a quantity by which it is the best, as jacov or \"minimize parameters\"; give it once for "
    "each; "
    "multiply_adds and jacov where none is given")
      .as("NAME");
  v("column", s.columns,
    "a quantity that the models of bananas read beside the decisions, as jacov of --scores; give "
    "it once for each (docs/scores.md)")
      .as("NAME");
  v("learn_from", s.learn_from,
    "an earlier study on the same space, of whose trials bananas learns from the start; give it "
    "once for each (docs/strategies.md)")
      .as("FILE")
      .everyone_needs_it();
  v("strategy", s.strategy, "the method that proposes candidates (docs/strategies.md)")
      .everyone_needs_it();
  v("generation", s.generation, "candidates proposed together", Range{1, 1e6}).everyone_needs_it();
  v("lag", s.lag,
    "generations proposed before a generation's rewards are learned from; workers seldom wait "
    "where (lag + 1) x generation is 4 times their number, 6 times with --first-rung (twice as "
    "much without the baseline)",
    Range{0, 1000});
  visit_settings(v, s.strategies);
  v.topic("Stopping weak children early");
  visit_settings(v, s.halving);
  v.topic("Comparison");
  v("baseline", s.baseline, "also evaluate as many random candidates, for comparison")
      .may_change_on_resume();
  v("retrain", s.retrain, "best cells of each arm that are trained again at the end, with --seeds",
    Range{1, 1000})
      .may_change_on_resume();
  v("seeds", s.seeds, "trainings of each of them; 0: none is trained again", Range{0, 1000})
      .may_change_on_resume();
  v("retrain_epochs", s.retrain_epochs,
    "epochs of these trainings and of the sample's; 0: four times those of a child",
    Range{0, 100000})
      .may_change_on_resume();
  v("sample", s.sample,
    "candidates trained as long, to measure how well the short training ranks them",
    Range{0, 10000})
      .may_change_on_resume();
  v.topic("Failed trials");
  visit_settings(v, s.retry);
  v("max_failed", s.max_failed, "failed trials after which the search ends; 0: any number",
    Range{0, 1e9})
      .may_change_on_resume();
  v.topic("Workers");
  v("lease", s.lease, "seconds of a worker's silence after which its trial goes to another",
    Range{15, 86400})
      .may_change_on_resume();
}

/// True if there is a random baseline; that of random search would be itself.
inline bool has_baseline(const StudySettings& settings) {
  return settings.baseline && settings.strategy != StrategyKind::kRandom;
}

/// The trials of each arm that are asked for: with rungs, whole generations.
int64_t asked_trials(const StudySettings& settings);

/// The purpose that the settings describe. Throws InputError where they make none.
Objective objective_of(const StudySettings& settings);

/// A study's subject, and all that those who work on it must agree upon.
struct StudySpec {
  const space::SearchSpace& space;
  StudySettings settings;
  uint64_t seed = 1;
  int64_t epochs = 0;  ///< of a child's whole training; 0 where evaluations have no epochs
  /// As the settings have it.
  Objective objective = objective_of(settings);
  /// Counts what goals and limits ask for; read of the study's evaluator by those that drive it.
  std::shared_ptr<const Counter> counter = {};
};

/// The candidates that the study may propose. Those of the search's arm are known with the screen
/// and the models' columns, which random baselines are without. Throws InputError where a limit, a
/// term of the screen or a column cannot be counted.
Candidates candidates_of(const StudySpec& spec, bool searched);

/// The trials of both arms that the study asks for, and the trainings at its end.
int64_t total_trials(const StudySpec& spec);

/// Where a running study stands, for whoever shows it.
struct StudyStatus {
  int64_t finished = 0, total = 0;  ///< trials of all arms
  std::optional<double> best;       ///< reward of the search arm's best within the limits
  int64_t images = 0;               ///< worked on in this run, by this process's workers
  Cost cost;
  /// As in StudyResult; asked for where it is wanted.
  std::function<std::optional<double>()> entropy_share;
  /// Trials of each arm before this number are settled: none of them goes on to another rung.
  std::map<std::string, int64_t> settled;
};

/// The most that a study may spend, over all its runs; 0: no limit.
struct StudyBudget {
  double seconds = 0;  ///< of wall-clock time
  double core_hours = 0, gpu_hours = 0;
  double joules = 0;
};

/// The budget that these costs have spent, by the name of its flag ("core-hours"); "" for none.
std::string spent_budget(const StudyBudget& budget, double seconds, const Cost& cost);

/// A network designed by hand that was trained by the study's recipe: see train_yardstick.h.
struct Yardstick {
  std::string name;
  std::vector<Trial> trials;
};

/// The results of a study so far.
struct StudyResult {
  Objective objective;
  std::vector<Trial> search, baseline;  ///< in trial order, as many as the trials asked for
  std::vector<Trial> retrain, sample;   ///< trainings at the end
  /// Apart from the study: neither its cost nor its progress counts them.
  std::vector<Yardstick> yardsticks;
  Cost cost;                          ///< of all evaluations
  double seconds = 0;                 ///< of wall-clock time, over all runs
  bool complete = false;              ///< all trials are finished
  std::string ended_by;               ///< the budget that is spent, where one is
  std::vector<EarlierStudy> earlier;  ///< that the search learns from
  /// The entropy of the strategy's policy, as a share of the most that it could be.
  std::optional<double> entropy_share;
  /// Proposals of the search so far, and those of them that its policy could not draw within the
  /// limits: see Strategy::undrawn().
  int64_t proposals = 0, undrawn = 0;
};

/// The best trials that are done and keep the objective's limits, at most `count`, the best first;
/// earlier trials win ties.
std::vector<Trial> best_trials(const std::vector<Trial>& trials, size_t count,
                               const Objective& objective = {});

/// The means by which run_study() has trials evaluated.
struct StudyHands {
  TaskRunner* runner = nullptr;     ///< in this process; none where workers elsewhere evaluate
  std::function<void()> tend = {};  ///< called about once a second: looks after workers elsewhere
  std::function<bool()> stop = {};  ///< true stops the study as an interruption does
};

/// Thrown where so many trials have failed that more would fail too: see run_study().
class TrialsFailed : public Error {
 public:
  using Error::Error;
};

/// Drives the study until its trials are finished or its budget is spent.
///
/// Each arm goes on generation by generation: generation g is proposed when exactly the generations
/// before g - lag have been observed, and rewards are observed in trial order, so that neither the
/// number of workers nor their timing changes a proposal. A generation's observation, the
/// strategy's new state and the next proposals are stored in one transaction; results are stored
/// within a twentieth of a second. A run that was killed at any moment therefore goes on as if it
/// had not been.
///
/// A candidate that is isomorphic to an earlier one of its arm is not evaluated again: it has that
/// one's result. A trial that fails keeps its cause and is never the best. Throws Interrupted when
/// the user stops it, TrialsFailed where the first five trials of each arm in this run all failed,
/// or more than max_failed did.
StudyResult run_study(Store& store, const StudySpec& spec, const StudyBudget& budget,
                      const StudyHands& hands,
                      const std::function<void(const StudyStatus&)>& show = {});

}  // namespace nasnet::search
