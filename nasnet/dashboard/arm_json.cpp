#include "nasnet/dashboard/arm_json.h"

#include <algorithm>
#include <utility>

#include "nasnet/search/study/statistics.h"

namespace nasnet::dashboard {

using nlohmann::ordered_json;
using search::StudyState;
using search::Trial;
using search::TrialState;

ordered_json interval_json(const search::Interval& interval) {
  return {interval.low, interval.high};
}

ordered_json cost_json(const search::Cost& cost) {
  return {{"core_seconds", cost.core_seconds},
          {"gpu_seconds", cost.gpu_seconds},
          {"joules", cost.joules}};
}

search::Cost cost_of(const AllArms& arms) {
  search::Cost cost;
  for (const ArmColumns& arm : arms)
    for (size_t i = 0; i < arm.state.size(); ++i)
      cost += {arm.core_seconds[i], arm.gpu_seconds[i], arm.joules[i]};
  return cost;
}

std::map<TrialState, int64_t> counts_of(const ArmColumns& arm, int64_t asked) {
  std::map<TrialState, int64_t> counts;
  for (int64_t i = 0; i < std::min(asked, arm.size()); ++i)
    ++counts[arm.state[static_cast<size_t>(i)]];
  return counts;
}

int64_t count_in(const std::map<TrialState, int64_t>& counts, TrialState state) {
  const auto found = counts.find(state);
  return found == counts.end() ? 0 : found->second;
}

ordered_json progress_json(const ArmColumns& arm, int64_t asked,
                           const std::map<TrialState, int64_t>& counts) {
  const int64_t failed = count_in(counts, TrialState::kFailed);
  return {{"arm", arm.arm},
          {"asked", asked},
          {"finished", count_in(counts, TrialState::kDone) + failed},
          {"failed", failed}};
}

ordered_json mean_json(const ArmColumns& arm, const search::Objective& objective, int64_t asked) {
  std::vector<search::Counted> rewards;
  for (size_t i = 0; i < arm.state.size() && std::cmp_less(i, asked); ++i)
    if (arm.state[i] == TrialState::kDone && objective.admits(arm.reward[i]))
      rewards.push_back({arm.reward[i], arm.repeats[i] != 0});
  const search::Mean mean = search::mean_of(rewards);
  return {{"value", mean.mean}, {"standard_error", mean.standard_error}, {"trials", mean.count}};
}

ordered_json curve_json(const Curve& curve, const search::Objective& objective,
                        const std::vector<Trial>& improvements) {
  ordered_json best = ordered_json::array(), rewards = ordered_json::array();
  for (size_t i = 0; i < curve.improvements.size(); ++i) {
    const Improvement& one = curve.improvements[i];
    best.push_back(
        {{"x", one.x},
         {"trial", one.trial},
         {"reward", one.reward},
         {"interval", interval_json(search::reward_interval(improvements[i], objective))}});
  }
  for (const Bucket& one : curve.buckets)
    rewards.push_back({one.x, one.least, one.greatest, one.mean, one.trials, one.best});
  ordered_json moving = ordered_json::array();
  for (const MovingMean& one : curve.moving)
    moving.push_back({one.x, one.mean.mean, one.mean.standard_error, one.repeats, one.failed});
  return {{"end", curve.end},
          {"best", best},
          {"rewards", rewards},
          {"window", curve.window},
          {"moving", moving}};
}

ordered_json goals_json(const search::Objective& objective) {
  ordered_json list = ordered_json::array();
  for (size_t i = 0; i < objective.goals().size(); ++i) {
    const search::Goal& goal = objective.goals()[i];
    list.push_back({{"measurement", goal.measurement},
                    {"maximize", goal.maximize},
                    {"reference", goal.value(objective.reference()[i])}});
  }
  return list;
}

ordered_json pace_json(const AllArms& arms, const search::StudySpec& spec,
                       const search::DriverRecord& driver) {
  const int64_t asked = search::asked_trials(spec.settings);
  int64_t finished = 0;
  for (const ArmColumns& arm : arms) {
    const auto counts = counts_of(arm, search::is_extra_arm(arm.arm) ? arm.size() : asked);
    finished += count_in(counts, TrialState::kDone) + count_in(counts, TrialState::kFailed);
  }
  ordered_json pace = {{"trials_per_hour", nullptr}, {"seconds_to_go", nullptr}};
  if (finished == 0 || !(driver.seconds > 0)) return pace;
  constexpr double kHour = 3600;
  const double per_hour = static_cast<double>(finished) / driver.seconds * kHour;
  const int64_t left = search::total_trials(spec) - finished;
  pace["trials_per_hour"] = per_hour;
  if (driver.state == StudyState::kRunning && left > 0)
    pace["seconds_to_go"] = static_cast<double>(left) / per_hour * kHour;
  return pace;
}

ordered_json ledger_json(const AllArms& all, const search::SearchSettings& settings) {
  ordered_json arms = ordered_json::array();
  for (const ArmColumns& arm : all) {
    if (arm.size() == 0) continue;
    search::Cost cost;
    for (size_t i = 0; i < arm.state.size(); ++i)
      cost += {arm.core_seconds[i], arm.gpu_seconds[i], arm.joules[i]};
    const auto counts = counts_of(arm, arm.size());
    ordered_json row = {
        {"arm", arm.arm},
        {"trials", count_in(counts, TrialState::kDone) + count_in(counts, TrialState::kFailed)}};
    row.update(cost_json(cost));
    arms.push_back(std::move(row));
  }
  const search::StudyBudget budget = search::make_budget(settings);
  const auto or_null = [](double most) {
    return most > 0 ? ordered_json(most) : ordered_json(nullptr);
  };
  constexpr double kHour = 3600;
  return {{"arms", arms},
          {"budget",
           {{"seconds", or_null(budget.seconds)},
            {"core_seconds", or_null(budget.core_hours * kHour)},
            {"gpu_seconds", or_null(budget.gpu_hours * kHour)},
            {"joules", or_null(budget.joules)}}}};
}

}  // namespace nasnet::dashboard
