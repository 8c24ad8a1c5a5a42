#include "nasnet/search/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nasnet::search {

Interval wilson_interval(int64_t correct, int64_t count) {
  if (count <= 0) return {0, 1};
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5 % quantile
  const auto n = static_cast<double>(count);
  const double share = static_cast<double>(correct) / n;
  const double centre = share + z * z / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

Mean mean_reward(const std::vector<Trial>& trials) {
  Mean result;
  double sum = 0;
  for (const Trial& trial : trials) {
    if (trial.state != TrialState::kDone) continue;
    sum += trial.reward;
    ++result.count;
  }
  if (result.count == 0) return result;
  const auto n = static_cast<double>(result.count);
  result.mean = sum / n;
  double squares = 0;
  for (const Trial& trial : trials)
    if (trial.state == TrialState::kDone) squares += std::pow(trial.reward - result.mean, 2);
  if (result.count > 1) result.standard_error = std::sqrt(squares / (n - 1) / n);
  return result;
}

Interval reward_interval(const Trial& trial) {
  const auto images = trial.measurements.find("validation_images");
  if (images == trial.measurements.end()) return {trial.reward, trial.reward};
  return wilson_interval(std::llround(trial.reward * images->second), std::llround(images->second));
}

std::string compare_bests(const std::string& name_a, const Trial& a, const std::string& name_b,
                          const Trial& b) {
  const Interval left = reward_interval(a), right = reward_interval(b);
  if (left.low > right.high)
    return fmt::format("The best of {} is above the best of {}: their intervals do not overlap.",
                       name_a, name_b);
  if (right.low > left.high)
    return fmt::format("The best of {} is above the best of {}: their intervals do not overlap.",
                       name_b, name_a);
  return fmt::format("The bests of {} and {} cannot be told apart: their intervals overlap.",
                     name_a, name_b);
}

}  // namespace nasnet::search
