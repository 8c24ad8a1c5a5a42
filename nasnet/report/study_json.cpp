#include "nasnet/report/study_json.h"

#include "nasnet/base/names.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/report/study_alarms.h"
#include "nasnet/search/evaluators/yardstick.h"
#include "nasnet/search/study/earlier_studies.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/front_findings.h"
#include "nasnet/search/study/score_findings.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/json.h"

// The object that `nasnet search --json` prints and Study::report() returns. Scripts rely on its
// keys: what is not there is null or left out, and never a number that stands for nothing.

namespace nasnet::report {
namespace {

using nlohmann::ordered_json;
using search::Estimate;
using search::Interval;
using search::StudyResult;
using search::Trial;
using search::TrialState;

/// A value and its 95 % interval as a pair.
ordered_json interval_json(const Estimate& estimate) {
  return {{"value", estimate.value}, {"interval", {estimate.interval.low, estimate.interval.high}}};
}

ordered_json trials_json(const space::SearchSpace& space, const search::Objective& objective,
                         const std::vector<Trial>& trials) {
  ordered_json list = ordered_json::array();
  for (const Trial& trial : trials) list.push_back(trial_json(space, objective, trial));
  return list;
}

ordered_json alarms_json(const std::vector<search::Alarm>& alarms) {
  ordered_json list = ordered_json::array();
  for (const search::Alarm& alarm : alarms) list.push_back(alarm.text);
  return list;
}

}  // namespace

ordered_json trial_json(const space::SearchSpace& space, const search::Objective& objective,
                        const Trial& trial) {
  ordered_json entry = {{"number", trial.number}, {"state", search::to_text(trial.state)}};
  const bool done = trial.state == TrialState::kDone;
  entry["reward"] = done ? ordered_json(trial.reward) : ordered_json(nullptr);
  const auto genotype = trial.arm == search::kYardstickArm
                            ? std::optional(search::yardstick_genotype(trial.choices))
                            : space.genotype(trial.choices);
  if (genotype) {
    entry["genotype"] = space::genotype_to_ordered_json(*genotype);
  } else {
    entry["genotype"] = space.describe(trial.choices);
  }
  if (done) {
    const Interval interval = search::reward_interval(trial, objective);
    entry["interval"] = {interval.low, interval.high};
    entry["measurements"] = trial.measurements;
    if (!objective.limits().empty()) entry["within_limits"] = objective.admits(trial.reward);
  }
  if (trial.repeats >= 0) entry["repeats"] = trial.repeats;
  if (trial.rungs.size() > 1) entry["rungs"] = trial.rungs;
  if (trial.state == TrialState::kFailed) {
    entry["cause"] = search::to_text(trial.cause);
    entry["message"] = trial.message;
  }
  if (!trial.failures.empty()) entry["failures"] = trial.failures;
  entry["core_seconds"] = trial.cost.core_seconds;
  if (trial.cost.peak_bytes > 0) entry["peak_bytes"] = trial.cost.peak_bytes;
  return entry;
}

ordered_json findings_json(const search::Findings& findings) {
  ordered_json object = ordered_json::object();
  const auto add = [&](const char* name, const std::optional<Estimate>& estimate) {
    if (estimate) object[name] = interval_json(*estimate);
  };
  add("retrained_search", findings.search_mean);
  add("retrained_baseline", findings.baseline_mean);
  add("difference", findings.difference);
  add("kendall", findings.kendall);
  add("spearman", findings.spearman);
  for (const search::YardstickFinding& yardstick : findings.yardsticks) {
    if (!yardstick.mean) continue;
    ordered_json one = {{"name", yardstick.name}, {"mean", interval_json(*yardstick.mean)}};
    if (yardstick.difference) one["difference"] = interval_json(*yardstick.difference);
    object["yardsticks"].push_back(std::move(one));
  }
  return object;
}

namespace {

ordered_json arm_front_json(const search::ArmFront& front, const std::vector<Trial>& trials,
                            const search::Objective& objective) {
  ordered_json numbers = ordered_json::array(), history = ordered_json::array();
  for (const Trial& trial : front.members) numbers.push_back(trial.number);
  for (const search::VolumeStep& step : search::volume_history(trials, objective))
    history.push_back({step.trial, step.hypervolume});
  ordered_json object = {{"trials", numbers},
                         {"hypervolume", front.hypervolume},
                         {"igd_plus", nullptr},
                         {"history", history}};
  if (std::isfinite(front.igd_plus)) object["igd_plus"] = front.igd_plus;
  return object;
}

/// Goals with their directions and references, and of each arm the numbers of its front's trials,
/// its hypervolume, and the trials from which on that was larger.
ordered_json front_json(const StudyResult& result) {
  const search::Objective& objective = result.objective;
  const search::FrontFindings fronts = search::find_fronts(result);
  ordered_json goals = ordered_json::array();
  for (size_t i = 0; i < objective.goals().size(); ++i) {
    const search::Goal& goal = objective.goals()[i];
    goals.push_back({{"measurement", goal.measurement},
                     {"maximize", goal.maximize},
                     {"reference", goal.value(objective.reference()[i])}});
  }
  ordered_json object = {{"goals", goals},
                         {"search", arm_front_json(fronts.search, result.search, objective)}};
  if (!result.baseline.empty())
    object["baseline"] = arm_front_json(fronts.baseline, result.baseline, objective);
  return object;
}

}  // namespace

ordered_json study_json(const search::SearchSettings& settings, uint64_t seed,
                        const space::SearchSpace& space, const StudyResult& result,
                        const std::vector<Saved>& saved) {
  const search::Objective& objective = result.objective;
  ordered_json best = ordered_json::array();
  for (const Saved& entry : saved) {
    ordered_json one = {{"number", entry.trial.number},
                        {"reward", entry.trial.reward},
                        {"measurements", entry.trial.measurements}};
    if (entry.genotype) {
      // Names of files may be no UTF-8, which JSON could not hold.
      one["json"] = printable(entry.json_file);
      one["svg"] = printable(entry.svg_file);
    } else {
      one["genotype"] = space.describe(entry.trial.choices);
    }
    best.push_back(std::move(one));
  }
  // Results are passed on to others: no password goes with them.
  search::SearchSettings shown = settings;
  shown.store = search::without_password(settings.store);
  ordered_json object = {{"study", printable(settings.study_file)},
                         {"seed", seed},
                         {"settings", settings_to_json(shown)},
                         {"complete", result.complete},
                         {"core_seconds", result.cost.core_seconds},
                         {"gpu_seconds", result.cost.gpu_seconds},
                         {"joules", result.cost.joules},
                         {"seconds", result.seconds},
                         {"best", best},
                         {"findings", findings_json(search::find(result))},
                         {"alarms", alarms_json(alarms_of(space, result))},
                         {"trials", trials_json(space, objective, result.search)},
                         {"baseline", trials_json(space, objective, result.baseline)}};
  if (!result.retrain.empty()) object["retrain"] = trials_json(space, objective, result.retrain);
  if (!result.sample.empty()) object["sample"] = trials_json(space, objective, result.sample);
  for (const search::Yardstick& yardstick : result.yardsticks)
    object["yardsticks"].push_back(
        {{"name", yardstick.name}, {"trials", trials_json(space, objective, yardstick.trials)}});
  if (!objective.goals().empty()) object["front"] = front_json(result);
  if (const search::ScoreFindings found = search::find_scores(settings.study, result);
      !found.scores.empty()) {
    ordered_json& scores = object["scores"] = {{"candidates", found.candidates},
                                               {"arm", found.of_baseline ? "baseline" : "search"}};
    for (const search::ScoreFinding& score : found.scores)
      scores["kendall"][score.term.text()] = interval_json(score.kendall);
    if (found.screen) scores["screen"] = interval_json(*found.screen);
  }
  if (const search::EarlierFindings found = search::find_earlier(space, settings.study, result);
      !found.studies.empty()) {
    ordered_json& earlier = object["earlier_studies"] = {
        {"candidates", found.candidates}, {"arm", found.of_baseline ? "baseline" : "search"}};
    for (const search::EarlierFinding& study : found.studies)
      earlier["studies"].push_back({{"name", printable(study.name)},
                                    {"trials", study.lessons},
                                    {"kendall", interval_json(study.kendall)}});
  }
  if (!objective.limits().empty())
    object["beyond_limits"] = {{"search", count_beyond_limits(result.search, objective)},
                               {"baseline", count_beyond_limits(result.baseline, objective)}};
  if (result.undrawn > 0)
    object["undrawn_proposals"] = {{"count", result.undrawn}, {"of", result.proposals}};
  if (!result.ended_by.empty()) object["ended_by"] = result.ended_by;
  return object;
}

}  // namespace nasnet::report
