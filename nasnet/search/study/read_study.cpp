#include "nasnet/search/study/read_study.h"

#include <algorithm>
#include <map>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/search/strategies/strategy.h"
#include "nasnet/search/study/earlier_studies.h"
#include "nasnet/search/study/final_trainings.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/train_yardstick.h"

namespace nasnet::search {
namespace {

/// The trainings at the end that are of these settings: there may be others, of settings that were
/// other, of what was best before.
void read_final_trainings(Store& store, const StudySpec& spec, StudyResult& result) {
  const std::vector<space::Choices> best = best_candidates(store, spec);
  const int64_t epochs = retrain_epochs(spec);
  std::erase_if(result.retrain, [&](const Trial& trial) {
    return trial.epochs != epochs ||
           std::find(best.begin(), best.end(), trial.choices) == best.end();
  });
  std::erase_if(result.sample, [&](const Trial& trial) { return trial.epochs != epochs; });
  result.seconds = store.driver().seconds;
  result.yardsticks = read_yardsticks(store, spec);
}

/// The trials of an arm that findings and alarms look at, in their order.
std::vector<Trial> telling_trials(Store& store, const StudySpec& spec, const std::string& arm,
                                  const std::vector<Trial>& sample) {
  const int64_t asked = asked_trials(spec.settings);
  std::map<int64_t, Trial> found;
  const auto add = [&](const std::vector<Trial>& trials) {
    for (const Trial& trial : trials) found.emplace(trial.number, trial);
  };
  add(store.latest_done(arm, kAlarmTrials, asked));
  add(store.best(arm, spec.settings.retrain, asked, spec.objective.least_reward()));
  for (const Trial& trial : sample) {
    const int64_t number = store.find_form(arm, trial.form);
    if (number >= 0 && number < asked) add(store.trials(arm, number, number + 1));
  }
  std::vector<Trial> trials;
  for (auto& [number, trial] : found) trials.push_back(std::move(trial));
  return trials;
}

/// The search's strategy as it was stored; null where there is none, and for a state of a version
/// whose states are others.
std::unique_ptr<Strategy> read_strategy(const ArmRecord& record, const StudySpec& spec) {
  if (record.proposed == 0) return nullptr;
  auto strategy =
      make_strategy(spec.settings.strategy, spec.space, spec.settings.strategies, spec.seed);
  try {
    strategy->restore(record.strategy_state);
  } catch (const InputError&) {
    return nullptr;
  }
  return strategy;
}

/// Only a policy draws proposals that limits may refuse again and again.
void read_undrawn(Store& store, const StudySpec& spec, StudyResult& result) {
  if (!is_policy(spec.settings.strategy) || spec.settings.limits.empty()) return;
  const ArmRecord record = store.arm(kSearchArm);
  const auto strategy = read_strategy(record, spec);
  result.proposals = record.proposed * spec.settings.generation;
  result.undrawn = strategy ? strategy->undrawn() : 0;
}

}  // namespace

StudyResult read_study(Store& store, const StudySpec& spec) {
  StudyResult result;
  result.objective = spec.objective;
  const int64_t asked = asked_trials(spec.settings);
  result.search = store.trials(kSearchArm);
  result.baseline = store.trials(kBaselineArm);
  result.retrain = store.trials(kRetrainArm);
  result.sample = store.trials(kSampleArm);
  for (const auto* trials : {&result.search, &result.baseline, &result.retrain, &result.sample})
    for (const Trial& trial : *trials) result.cost += trial.cost;
  for (auto* trials : {&result.search, &result.baseline})
    std::erase_if(*trials, [&](const Trial& trial) { return trial.number >= asked; });
  if (!has_baseline(spec.settings)) result.baseline.clear();
  result.earlier = kept_earlier_studies(store);
  read_final_trainings(store, spec, result);
  read_undrawn(store, spec, result);
  return result;
}

StudyResult read_study_briefly(Store& store, const StudySpec& spec) {
  StudyResult result;
  result.objective = spec.objective;
  result.retrain = store.trials(kRetrainArm);
  result.sample = store.trials(kSampleArm);
  read_final_trainings(store, spec, result);
  result.search = telling_trials(store, spec, kSearchArm, result.sample);
  if (has_baseline(spec.settings)) result.baseline = telling_trials(store, spec, kBaselineArm, {});
  return result;
}

std::optional<double> read_entropy_share(Store& store, const StudySpec& spec) {
  const auto strategy = read_strategy(store.arm(kSearchArm), spec);
  return strategy ? strategy->entropy_share() : std::nullopt;
}

}  // namespace nasnet::search
