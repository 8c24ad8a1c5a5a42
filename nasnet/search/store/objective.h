#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace nasnet::search {

/// The results of an evaluation by name: "accuracy", "parameters", "train_loss" ...
using Measurements = std::map<std::string, double>;

/// The measurement that a study maximizes where nothing else is said: the validation accuracy.
inline constexpr const char* kAccuracy = "accuracy";

/// A measurement to be made as large, or as small, as it can be. It is a factor of the reward:
/// ratio^weight, where the ratio is value / target, or target / value of one to be minimized.
struct Goal {
  std::string measurement = kAccuracy;
  bool maximize = true;
  double target = 1;
  double weight = 1;
  bool capped = false;  ///< nothing is gained beyond the target: the factor is at most 1
  bool operator==(const Goal&) const = default;
};

/// A bound that candidates should keep.
struct Limit {
  std::string measurement;
  bool at_most = true;  ///< or at least
  double bound = 0;
  std::string text;  ///< as it was written: "parameters <= 3M"
  bool operator==(const Limit&) const = default;
};

/// The purpose of a study: the measurements that it maximizes, minimizes and limits. From them
/// comes the one number, the reward, that strategies learn from and candidates are ranked by, here
/// and nowhere else; it depends on the trial's measurements alone.
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
  /// 0.07 where it is not given) or "to 20M" (capped; 1); and limits, "parameters <= 3M",
  /// "accuracy >= 0.9". Names are of letters, digits, _ and '.'; k, M and G are powers of 1000.
  /// Throws InputError that begins with --objective.
  ///
  /// A text keeps its meaning in later versions, or is refused by them.
  explicit Objective(const std::string& text);

  const std::vector<Goal>& goals() const { return goals_; }
  const std::vector<Limit>& limits() const { return limits_; }
  /// Those of goals and limits, each once, goals first.
  std::vector<std::string> measurements() const;
  /// True if the reward is an accuracy, a share in [0, 1], of candidates within the limits.
  bool is_accuracy() const { return goals_ == std::vector{Goal{}}; }

  /// Throws InputError where one of its measurements is missing, NotANumber where one is no finite
  /// number, or where the reward is none.
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
  std::vector<Goal> goals_ = {Goal{}};
  std::vector<Limit> limits_;
};

}  // namespace nasnet::search
