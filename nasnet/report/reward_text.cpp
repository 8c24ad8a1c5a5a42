#include "nasnet/report/reward_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/text.h"

// One form of rewards and measurements for reports, refusals and the line of progress.

namespace nasnet::report {
namespace {

/// Shares are known by their name: whatever is an accuracy lies in [0, 1].
std::string measurement_text(const std::string& name, double value) {
  if (name.find("accuracy") != std::string::npos) return fmt::format("{:.2f} %", 100 * value);
  // Doubles hold whole numbers exactly up to 2^53, about 9e15.
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return thousands(static_cast<int64_t>(value));
  return fmt::format("{:.4g}", value);
}

}  // namespace

std::string RewardText::number(double reward) const {
  return percent_ ? fmt::format("{:.2f}", 100 * reward) : fmt::format("{:.4g}", reward);
}

std::string RewardText::range(const search::Interval& interval) const {
  return fmt::format("{} to {}{}", number(interval.low), number(interval.high), unit());
}

std::string RewardText::spread(const search::Mean& mean) const {
  return fmt::format("{} +- {}{}", number(mean.mean), number(mean.standard_error), unit());
}

std::string RewardText::estimate(const search::Estimate& estimate) const {
  return fmt::format("{} ({})", value(estimate.value), range(estimate.interval));
}

std::string objective_values(const search::Objective& objective,
                             const search::Measurements& measurements) {
  std::vector<std::string> parts;
  for (const std::string& name : objective.measurements()) {
    // The reward is the accuracy then, and is printed already.
    if (name == search::kAccuracy && objective.is_accuracy()) continue;
    if (const auto found = measurements.find(name); found != measurements.end())
      parts.push_back(fmt::format("{} {}", name, measurement_text(name, found->second)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

int64_t count_beyond_limits(const std::vector<search::Trial>& trials,
                            const search::Objective& objective) {
  return std::count_if(trials.begin(), trials.end(), [&](const search::Trial& trial) {
    return trial.state == search::TrialState::kDone && !objective.admits(trial.reward);
  });
}

}  // namespace nasnet::report
