#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/search/store/trial.h"

namespace nasnet::search {

struct Interval {
  double low = 0, high = 0;
  bool operator==(const Interval&) const = default;
};

/// 95 % interval of a share measured as `correct` of `count` (Wilson's score interval, which stays
/// inside [0, 1] and holds for few images too).
Interval wilson_interval(int64_t correct, int64_t count);

/// Mean of the rewards within the objective's limits, and its standard error (0 for fewer than
/// two), by the number of trials that were evaluated: repeats tell nothing new.
struct Mean {
  double mean = 0, standard_error = 0;
  int64_t count = 0;
};
Mean mean_reward(const std::vector<Trial>& trials, const Objective& objective = {});
/// The same of the rewards alone, all of them within the limits.
struct Counted {
  double reward = 0;
  bool repeats = false;  ///< an earlier trial
};
Mean mean_of(const std::vector<Counted>& rewards);

/// 95 % interval of a trial's reward: between those at the ends of the interval of its validation
/// accuracy. Of other measurements no uncertainty is known.
Interval reward_interval(const Trial& trial, const Objective& objective = {});

/// Compares the two arms' bests in one sentence: that one is above the other is said only where
/// their intervals do not overlap.
std::string compare_bests(const std::string& name_a, const Trial& a, const std::string& name_b,
                          const Trial& b, const Objective& objective = {});

/// A number with its 95 % interval.
struct Estimate {
  double value = 0;
  Interval interval;
};

/// Count, mean and sum of squared deviations of values that are seen one after the other (Welford
/// 1962).
struct Moments {
  int64_t count = 0;
  double mean = 0, squares = 0;
  void add(double value) {
    ++count;
    const double off = value - mean;
    mean += off / static_cast<double>(count);
    squares += off * (value - mean);
  }
  bool operator==(const Moments&) const = default;
};

/// The difference of two means, of a less b, with Welch's interval (Biometrika 34, 1947): their
/// variances may differ. The degrees of freedom are Satterthwaite's, rounded down. Both have at
/// least two values.
Estimate welch_difference(const Moments& a, const Moments& b);

/// Values in groups: the trainings of each of some cells.
using Groups = std::vector<std::vector<double>>;

/// True if they tell anything of their mean's uncertainty: one value does not.
bool has_spread(const Groups& groups);
/// Mean of the groups' means, and of a less b. Intervals by the percentile bootstrap (Efron 1979)
/// of two levels: groups are drawn with replacement, then values within each. Few groups resample
/// too narrowly: the deviations are widened by sqrt(n / (n - 1)) and by Student's quantile over the
/// normal one's, n being the number of groups (of values, where there is one group). No group may
/// be empty; has_spread() must hold.
Estimate bootstrap_mean(const Groups& groups);
Estimate bootstrap_difference(const Groups& a, const Groups& b);

/// Rank correlations (rank_correlation.h) with the bootstrap's interval over pairs; at least two
/// pairs.
Estimate bootstrap_kendall(const std::vector<double>& x, const std::vector<double>& y);
Estimate bootstrap_spearman(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace nasnet::search
