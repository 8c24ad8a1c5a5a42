#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/dashboard/arm_table.h"
#include "nasnet/search/goals/objective.h"

namespace nasnet::dashboard {

/// The origin of a column's values.
enum class ColumnKind { kTrial, kCost, kMeasurement, kDecision };
constexpr EnumNames<ColumnKind, 4> names_of(ColumnKind) {
  return {{{ColumnKind::kTrial, "trial"},
           {ColumnKind::kCost, "cost"},
           {ColumnKind::kMeasurement, "measurement"},
           {ColumnKind::kDecision, "decision"}}};
}

/// A quantity of trials by its name: "reward", "parameters", "normal.0.left_op".
struct PointColumn {
  std::string name;
  ColumnKind kind = ColumnKind::kTrial;
  int direction = 0;                 ///< 1: more is better, -1: less, 0: nobody can tell
  std::vector<std::string> choices;  ///< of a decision, by its value
};

/// All columns of these arms: number, reward, costs, measurements, decisions. The direction is that
/// of the goals and the objective, or else that of names that tell: accuracies are to be large;
/// losses, sizes, times and costs small.
std::vector<PointColumn> point_columns(const std::vector<const ArmTable*>& tables,
                                       const space::SearchSpace& space,
                                       const search::Objective& objective);

/// The values of one of them in an arm, by trial; not a number where a trial has none.
std::vector<double> column_values(const PointColumn& column, const ArmColumns& columns,
                                  const ArmTable& table, const space::SearchSpace& space);

/// "name:low:high", a range of a column's values, both ends included.
struct ColumnRange {
  std::string column;
  double low = 0, high = 0;
};
/// Ranges with commas between them. Throws InputError for a text that is none.
std::vector<ColumnRange> parse_ranges(const std::string& text);

}  // namespace nasnet::dashboard
