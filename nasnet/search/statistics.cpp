#include "nasnet/search/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/random.h"

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

namespace {

constexpr int kResamples = 4000;

/// 95 % of the values lie in it.
Interval middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  const auto at = [&](double share) {
    return values[static_cast<size_t>(std::lround(share * last))];
  };
  return {at(0.025), at(0.975)};
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

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i)
      result[order[i]] = static_cast<double>(begin + end - 1) / 2;
    begin = end;
  }
  return result;
}

using Correlation = double (*)(const std::vector<double>&, const std::vector<double>&);

Estimate bootstrap_correlation(Correlation correlation, const std::vector<double>& x,
                               const std::vector<double>& y) {
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
  return bootstrap(mean_of_means(groups),
                   [&](Random& random) { return draw_mean_of_means(groups, random); });
}

Estimate bootstrap_difference(const Groups& a, const Groups& b) {
  return bootstrap(mean_of_means(a) - mean_of_means(b), [&](Random& random) {
    const double first = draw_mean_of_means(a, random);
    return first - draw_mean_of_means(b, random);
  });
}

double kendall(const std::vector<double>& x, const std::vector<double>& y) {
  int64_t agree = 0, tied_x = 0, tied_y = 0, pairs = 0;
  for (size_t i = 0; i < x.size(); ++i)
    for (size_t k = 0; k < i; ++k) {
      const int a = (x[i] > x[k]) - (x[i] < x[k]), b = (y[i] > y[k]) - (y[i] < y[k]);
      ++pairs;
      agree += a * b;
      tied_x += a == 0;
      tied_y += b == 0;
    }
  const double scale =
      std::sqrt(static_cast<double>(pairs - tied_x) * static_cast<double>(pairs - tied_y));
  return scale > 0 ? static_cast<double>(agree) / scale : 0;
}

double spearman(const std::vector<double>& x, const std::vector<double>& y) {
  const std::vector<double> a = ranks(x), b = ranks(y);
  const double middle_rank = (static_cast<double>(x.size()) - 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - middle_rank) * (b[i] - middle_rank);
    aa += std::pow(a[i] - middle_rank, 2);
    bb += std::pow(b[i] - middle_rank, 2);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

Estimate bootstrap_kendall(const std::vector<double>& x, const std::vector<double>& y) {
  return bootstrap_correlation(kendall, x, y);
}

Estimate bootstrap_spearman(const std::vector<double>& x, const std::vector<double>& y) {
  return bootstrap_correlation(spearman, x, y);
}

}  // namespace nasnet::search
