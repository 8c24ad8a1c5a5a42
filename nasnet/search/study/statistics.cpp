#include "nasnet/search/study/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"
#include "nasnet/base/rank_correlation.h"

namespace nasnet::search {

/// The normal distribution's 97.5 % quantile.
constexpr double kNormal = 1.959963984540054;

Interval wilson_interval(int64_t correct, int64_t count) {
  if (count <= 0) return {0, 1};
  constexpr double z = kNormal;
  const auto n = static_cast<double>(count);
  const double share = static_cast<double>(correct) / n;
  const double centre = share + z * z / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

Mean mean_of(const std::vector<Counted>& rewards) {
  Mean result;
  double sum = 0;
  for (const Counted& one : rewards) sum += one.reward;
  result.count = std::ssize(rewards);
  if (result.count == 0) return result;
  const auto n = static_cast<double>(result.count);
  result.mean = sum / n;
  double squares = 0, measured = 0;  // repeats have another trial's reward
  for (const Counted& one : rewards) {
    squares += std::pow(one.reward - result.mean, 2);
    measured += one.repeats ? 0 : 1;
  }
  if (result.count > 1 && measured > 0)
    result.standard_error = std::sqrt(squares / (n - 1) / measured);
  return result;
}

Mean mean_reward(const std::vector<Trial>& trials, const Objective& objective) {
  std::vector<Counted> rewards;
  for (const Trial& trial : trials)
    if (trial.state == TrialState::kDone && objective.admits(trial.reward))
      rewards.push_back({trial.reward, trial.repeats >= 0});
  return mean_of(rewards);
}

Interval reward_interval(const Trial& trial, const Objective& objective) {
  const auto accuracy = trial.measurements.find(kAccuracy),
             images = trial.measurements.find("validation_images");
  if (accuracy == trial.measurements.end() || images == trial.measurements.end())
    return {trial.reward, trial.reward};
  const Interval shares = wilson_interval(std::llround(accuracy->second * images->second),
                                          std::llround(images->second));
  const auto reward_at = [&](double share) {
    Measurements measurements = trial.measurements;
    measurements[kAccuracy] = share;
    return objective.reward(measurements);
  };
  const auto [low, high] = std::minmax({reward_at(shares.low), reward_at(shares.high)});
  return {low, high};
}

std::string compare_bests(const std::string& name_a, const Trial& a, const std::string& name_b,
                          const Trial& b, const Objective& objective) {
  const Interval left = reward_interval(a, objective), right = reward_interval(b, objective);
  if (left.low == left.high && right.low == right.high)
    return fmt::format(
        "The best of {} has a reward of {:.4g}, that of {} one of {:.4g}; how sure they are is not "
        "known.",
        name_a, a.reward, name_b, b.reward);
  if (left.low > right.high)
    return fmt::format("The best of {} is above the best of {}: their intervals do not overlap.",
                       name_a, name_b);
  if (right.low > left.high)
    return fmt::format("The best of {} is above the best of {}: their intervals do not overlap.",
                       name_b, name_a);
  return fmt::format("The bests of {} and {} cannot be told apart: their intervals overlap.",
                     name_a, name_b);
}

namespace {

constexpr int kResamples = 4000;

/// 95 % of the values lie in it.
Interval middle(std::vector<double> values) {
  NASNET_CHECK(!values.empty(), "an interval is of resamples");
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  const auto at = [&](double share) { return values[std::lround(share * last)]; };
  return {at(0.025), at(0.975)};
}

/// 97.5 % quantile of Student's distribution.
double student(size_t freedom) {
  constexpr double kQuantiles[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                   2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                   2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                   2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
  if (freedom <= std::size(kQuantiles)) return kQuantiles[std::max<size_t>(freedom, 1) - 1];
  return 1.960 + 2.37 / static_cast<double>(freedom);
}

/// The number of values that the spread of a mean of groups' means is estimated from: the groups,
/// or the values of the only one.
size_t independent(const Groups& groups) {
  return groups.size() == 1 ? groups[0].size() : groups.size();
}

/// Widens resamples of n values, which spread too little: their variance is of n, not of n - 1.
double widened(size_t count) {
  const auto n = static_cast<double>(std::max<size_t>(count, 2));
  return std::sqrt(n / (n - 1));
}

/// The estimate of all, and the interval of `draw(random)` over resamples.
template <class Draw>
Estimate bootstrap(double value, Draw draw) {
  std::vector<double> values;
  for (int i = 0; i < kResamples; ++i) {
    Random random(1, static_cast<uint64_t>(i), "bootstrap");
    values.push_back(draw(random));
  }
  return {value, middle(std::move(values))};
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double mean_of_means(const Groups& groups) {
  double sum = 0;
  for (const std::vector<double>& group : groups) sum += mean(group);
  return sum / static_cast<double>(groups.size());
}

double draw_mean_of_means(const Groups& groups, Random& random) {
  double sum = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto& group = groups[random.below(static_cast<uint32_t>(groups.size()))];
    double own = 0;
    for (size_t k = 0; k < group.size(); ++k)
      own += group[random.below(static_cast<uint32_t>(group.size()))];
    sum += own / static_cast<double>(group.size());
  }
  return sum / static_cast<double>(groups.size());
}

using Correlation = double (*)(const std::vector<double>&, const std::vector<double>&);

Estimate bootstrap_correlation(Correlation correlation, const std::vector<double>& x,
                               const std::vector<double>& y) {
  NASNET_CHECK(x.size() == y.size() && x.size() > 1, "two measures of the same things");
  return bootstrap(correlation(x, y), [&](Random& random) {
    std::vector<double> a, b;
    for (size_t i = 0; i < x.size(); ++i) {
      const size_t k = random.below(static_cast<uint32_t>(x.size()));
      a.push_back(x[k]);
      b.push_back(y[k]);
    }
    return correlation(a, b);
  });
}

}  // namespace

Estimate bootstrap_mean(const Groups& groups) {
  NASNET_CHECK(has_spread(groups), "one value says nothing of its mean's uncertainty");
  const double centre = mean_of_means(groups);
  const size_t n = independent(groups);
  const double wider = widened(n) * student(n - 1) / kNormal;
  return bootstrap(centre, [&](Random& random) {
    return centre + wider * (draw_mean_of_means(groups, random) - centre);
  });
}

Estimate bootstrap_difference(const Groups& a, const Groups& b) {
  NASNET_CHECK(has_spread(a) && has_spread(b), "one value says nothing of its mean's uncertainty");
  const double centre_a = mean_of_means(a), centre_b = mean_of_means(b);
  const size_t n_a = independent(a), n_b = independent(b);
  const double wider = student(n_a + n_b - 2) / kNormal;
  return bootstrap(centre_a - centre_b, [&](Random& random) {
    const double off_a = widened(n_a) * (draw_mean_of_means(a, random) - centre_a);
    const double off_b = widened(n_b) * (draw_mean_of_means(b, random) - centre_b);
    return centre_a - centre_b + wider * (off_a - off_b);
  });
}

Estimate welch_difference(const Moments& a, const Moments& b) {
  NASNET_CHECK(a.count > 1 && b.count > 1, "a spread needs two values");
  const auto variance = [](const Moments& one) {
    const auto n = static_cast<double>(one.count);
    return one.squares / (n - 1) / n;  // of the mean
  };
  const double of_a = variance(a), of_b = variance(b), sum = of_a + of_b;
  const double difference = a.mean - b.mean;
  if (!(sum > 0)) return {difference, {difference, difference}};
  const double freedom = sum * sum /
                         (of_a * of_a / static_cast<double>(a.count - 1) +
                          of_b * of_b / static_cast<double>(b.count - 1));
  const double half = student(static_cast<size_t>(freedom)) * std::sqrt(sum);
  return {difference, {difference - half, difference + half}};
}

bool has_spread(const Groups& groups) {
  return !groups.empty() && independent(groups) > 1;
}

Estimate bootstrap_kendall(const std::vector<double>& x, const std::vector<double>& y) {
  return bootstrap_correlation(kendall, x, y);
}

Estimate bootstrap_spearman(const std::vector<double>& x, const std::vector<double>& y) {
  return bootstrap_correlation(spearman, x, y);
}

}  // namespace nasnet::search
