#include "nasnet/dashboard/point_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::dashboard {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

int direction_of(const std::string& name, const search::Objective& objective) {
  for (const search::Goal& goal : objective.goals())
    if (goal.measurement == name) return goal.maximize ? 1 : -1;
  for (const search::Factor& factor : objective.factors())
    if (factor.measurement == name) return factor.maximize ? 1 : -1;
  for (const search::Limit& limit : objective.limits())
    if (limit.measurement == name) return limit.at_most ? -1 : 1;
  return search::usual_direction(name);
}

double number_of(std::string_view text, const std::string& range) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    throw InputError(fmt::format(
        "a range is a column's name, its least and its greatest value, as reward:0.5:0.9, not '{}'",
        printable(range)));
  return value;
}

template <class T>
std::vector<double> as_doubles(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

std::vector<PointColumn> point_columns(const std::vector<const ArmTable*>& tables,
                                       const space::SearchSpace& space,
                                       const search::Objective& objective) {
  std::vector<PointColumn> columns = {
      {"number", ColumnKind::kTrial, 0, {}},      {"reward", ColumnKind::kTrial, 1, {}},
      {"finished", ColumnKind::kTrial, 0, {}},    {"core_seconds", ColumnKind::kCost, -1, {}},
      {"gpu_seconds", ColumnKind::kCost, -1, {}}, {"joules", ColumnKind::kCost, -1, {}},
      {"peak_bytes", ColumnKind::kCost, -1, {}}};
  std::set<std::string> taken;
  for (const PointColumn& one : columns) taken.insert(one.name);
  std::set<std::string> measurements;
  for (const ArmTable* table : tables)
    for (const auto& [name, values] : table->measurements) measurements.insert(name);
  for (const std::string& name : measurements)
    if (taken.insert(name).second)
      columns.push_back({name, ColumnKind::kMeasurement, direction_of(name, objective), {}});
  for (size_t d = 0; d < space.decisions().size(); ++d) {
    const space::Decision& decision = space.decisions()[d];
    if (!taken.insert(decision.name).second) continue;
    PointColumn column = {decision.name, ColumnKind::kDecision, 0, {}};
    for (int c = 0; c < decision.choices; ++c) column.choices.push_back(space.choice_name(d, c));
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<double> column_values(const PointColumn& column, const ArmColumns& columns,
                                  const ArmTable& table, const space::SearchSpace& space) {
  const size_t size = table.done.size();
  std::vector<double> values;
  if (column.kind == ColumnKind::kDecision) {
    const auto found = std::ranges::find(space.decisions(), column.name, &space::Decision::name);
    const auto d = static_cast<size_t>(found - space.decisions().begin());
    values.resize(size);
    for (size_t i = 0; i < size; ++i) values[i] = table.choices_of(i)[d];
  } else if (column.kind == ColumnKind::kMeasurement) {
    const auto found = table.measurements.find(column.name);
    if (found != table.measurements.end()) values = found->second;
  } else if (column.name == "number") {
    for (size_t i = 0; i < size; ++i) values.push_back(static_cast<double>(i));
  } else if (column.name == "reward") {
    values = columns.reward;
    for (size_t i = 0; i < size; ++i)
      if (table.done[i] == 0) values[i] = kMissing;
  } else if (column.name == "finished") {
    values = columns.finished;
    std::ranges::replace(values, 0.0, kMissing);
  } else if (column.name == "peak_bytes") {
    values = table.peak_bytes;
  } else {
    values = column.name == "core_seconds"  ? columns.core_seconds
             : column.name == "gpu_seconds" ? columns.gpu_seconds
                                            : columns.joules;
  }
  values.resize(size, kMissing);
  return values;
}

std::vector<ColumnRange> parse_ranges(const std::string& text) {
  std::vector<ColumnRange> ranges;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string range = text.substr(begin, end - begin);
    const size_t last = range.rfind(':');
    const size_t middle =
        last == std::string::npos || last == 0 ? std::string::npos : range.rfind(':', last - 1);
    const bool whole = middle != std::string::npos;
    const std::string_view view = range;
    ranges.push_back({range.substr(0, whole ? middle : 0),
                      number_of(whole ? view.substr(middle + 1, last - middle - 1) : "", range),
                      number_of(whole ? view.substr(last + 1) : "", range)});
    begin = end + 1;
  }
  return ranges;
}

}  // namespace nasnet::dashboard
