#pragma once

#include <limits>
#include <string>
#include <vector>

#include "nasnet/search/goals/goal.h"
#include "nasnet/search/goals/hard_limit.h"
#include "nasnet/search/goals/measurements.h"

namespace nasnet::search {

/// A measurement to be made as large, or as small, as it can be. It is a factor of the reward:
/// ratio^weight, where the ratio is value / target, or target / value of one to be minimized.
struct Factor {
  std::string measurement = kAccuracy;
  bool maximize = true;
  double target = 1;
  double weight = 1;
  bool capped = false;  ///< nothing is gained beyond the target: the factor is at most 1
  bool operator==(const Factor&) const = default;
};

/// A measurement that should be near a target: takes weight x |value / target - 1| from the reward
/// (TuNAS: Bender et al., CVPR 2020, equation 2, whose weight is 0.10 for accuracies in [0, 1]).
struct Penalty {
  std::string measurement;
  double target = 1;
  double weight = 0.10;
  bool operator==(const Penalty&) const = default;
};

/// A bound that candidates should keep.
struct Limit {
  std::string measurement;
  bool at_most = true;  ///< or at least
  double bound = 0;
  std::string text;  ///< as it was written: "parameters <= 3M"
  bool operator==(const Limit&) const = default;
};

/// The purpose of a study: the measurements that it maximizes, minimizes and limits; and the goals
/// of which it looks for the front, where there are several. From the former comes the one number,
/// the reward, that strategies learn from and candidates are ranked by, here and nowhere else; it
/// depends on the trial's measurements alone.
///
/// A candidate within all limits has the product of the goals' factors, as MnasNet's reward (Tan et
/// al., CVPR 2019, equations 2 and 3) has it: accuracy x (cost / target)^-weight. One goal to be
/// maximized is its measurement, unchanged. A candidate beyond a limit has -v / (1 + v), v being
/// the sum of the excesses as shares of their bounds: it ranks below all that keep the limits, and
/// above those that exceed them by more (Deb, Comput. Methods Appl. Mech. Eng. 186, 2000).
class Objective {
 public:
  /// Maximizes the accuracy.
  Objective() = default;
  /// Terms with commas between them: goals, "accuracy" or "maximize accuracy", "minimize
  /// multiply_adds", each with a target where there are several, "around 20M" (with "weight 0.1",
  /// 0.07 where it is not given) or "to 20M" (capped; 1); penalties, "multiply_adds near 20M" (with
  /// "weight 0.2", 0.10 where it is not given); and limits, "parameters <= 3M",
  /// "accuracy >= 0.9". Names are of letters, digits, _ and '.'; k, M and G are powers of 1000.
  /// Throws InputError that begins with --objective.
  ///
  /// A text keeps its meaning in later versions, or is refused by them.
  explicit Objective(const std::string& text);
  /// The same with several goals, their reference (Goals::reference()), and limits that candidates
  /// keep before they are evaluated: a trial beyond them was made under others, and ranks as one
  /// beyond a limit of the text. Throws InputError, too, for a reward that --reward-target may make
  /// negative beside limits.
  Objective(const std::string& text, Goals goals, Losses reference, std::vector<HardLimit> hard);

  const std::vector<Factor>& factors() const { return factors_; }
  /// Those of the text, and the hard ones.
  const std::vector<Limit>& limits() const { return limits_; }
  const std::vector<HardLimit>& hard_limits() const { return hard_limits_; }
  const Goals& goals() const { return goals_; }
  const Losses& reference() const { return reference_; }
  /// Those that a trial must have: of factors, limits and goals, each once.
  std::vector<std::string> measurements() const;
  /// True if the reward is an accuracy, a share in [0, 1], of candidates within the limits.
  bool is_accuracy() const { return factors_ == std::vector{Factor{}} && penalties_.empty(); }

  /// Throws InputError where one of its measurements is missing, NotANumber where one is no finite
  /// number, or where the reward is none; for goals as well.
  double reward(const Measurements& measurements) const;
  /// The sum of the excesses over the limits, as shares of their bounds; 0 within all of them.
  double excess(const Measurements& measurements) const;
  /// The least reward that a candidate within the limits can have.
  double least_reward() const {
    return limits_.empty() ? -std::numeric_limits<double>::infinity() : 0;
  }
  /// True if a candidate with this reward is within the limits.
  bool admits(double reward) const { return reward >= least_reward(); }

  /// Throws InputError for a goal or limit that is not among the measurements that there will be.
  void demand(const std::vector<std::string>& available) const;

  bool operator==(const Objective&) const = default;

 private:
  std::vector<Factor> factors_ = {Factor{}};
  std::vector<Limit> limits_;
  std::vector<Penalty> penalties_;
  std::vector<HardLimit> hard_limits_;
  Goals goals_;
  Losses reference_;
};

}  // namespace nasnet::search
