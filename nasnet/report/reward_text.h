#pragma once

#include <string>
#include <vector>

#include "nasnet/search/study/statistics.h"

namespace nasnet::report {

/// Rewards as people read them: accuracies in percent, others as the numbers that they are.
class RewardText {
 public:
  explicit RewardText(const search::Objective& objective) : percent_(objective.is_accuracy()) {}

  std::string value(double reward) const { return number(reward) + unit(); }
  /// "90.10 to 91.90 %".
  std::string range(const search::Interval& interval) const;
  /// "91.00 +- 0.45 %".
  std::string spread(const search::Mean& mean) const;
  /// "91.00 % (90.10 to 91.90 %)".
  std::string estimate(const search::Estimate& estimate) const;

 private:
  std::string number(double reward) const;
  std::string unit() const { return percent_ ? " %" : ""; }

  bool percent_;
};

/// The measurements that the objective names: "accuracy 91.20 %, parameters 1,234,567"; without the
/// accuracy where that is the reward itself.
std::string objective_values(const search::Objective& objective,
                             const search::Measurements& measurements);

/// The number of trials that are done and beyond the limits.
int64_t count_beyond_limits(const std::vector<search::Trial>& trials,
                            const search::Objective& objective);

}  // namespace nasnet::report
