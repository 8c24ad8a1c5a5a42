#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nasnet/search/goals/front.h"
#include "nasnet/search/goals/measurements.h"

namespace nasnet::search {

/// A measurement of which a study looks for the best, beside others.
struct Goal {
  std::string measurement;
  bool maximize = false;
  bool operator==(const Goal&) const = default;

  double loss(double value) const { return maximize ? -value : value; }
  double value(double loss) const { return maximize ? -loss : loss; }
  /// As one types it: "accuracy", "minimize odour" where the name does not tell its direction.
  std::string text() const;
};

/// "accuracy", "multiply_adds"; "maximize NAME" or "minimize NAME" where the name does not tell
/// (see usual_direction()). Throws InputError that begins with `flag`.
Goal parse_goal(const std::string& text, const std::string& flag = "--goal");

/// The goals of a study, at least two of them; or none, of a study with one number alone.
class Goals {
 public:
  Goals() = default;
  /// Each as parse_goal() reads it. Throws InputError that begins with --goal for one goal alone,
  /// and for one that is there twice.
  explicit Goals(const std::vector<std::string>& texts);

  bool empty() const { return goals_.empty(); }
  size_t size() const { return goals_.size(); }
  const Goal& operator[](size_t i) const { return goals_[i]; }
  auto begin() const { return goals_.begin(); }
  auto end() const { return goals_.end(); }

  /// A candidate's place among the goals. Throws InputError where a measurement is missing,
  /// NotANumber where it is not finite.
  Losses losses(const Measurements& measurements) const;
  /// The same from values by goal: those that are worse than any candidate's should be. Each text
  /// is "NAME=VALUE". Throws InputError that begins with --reference: one that is missing, one of
  /// no goal, one that is there twice.
  Losses reference(const std::vector<std::string>& texts) const;

  bool operator==(const Goals&) const = default;

 private:
  std::vector<Goal> goals_;
};

/// "NAME=VALUE", VALUE being an amount. Throws InputError that begins with `flag`.
std::pair<std::string, double> parse_named_amount(const std::string& text, const std::string& flag);

}  // namespace nasnet::search
