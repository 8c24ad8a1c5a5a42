#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/dashboard/choice_shares.h"
#include "nasnet/dashboard/live_study.h"
#include "nasnet/dashboard/pareto.h"
#include "nasnet/dashboard/point_columns.h"
#include "nasnet/dashboard/thin_points.h"

// The views that need candidates and measurements of all trials: scatter, parallel coordinates,
// choices over time and their effects.

namespace nasnet::dashboard {
namespace {

using nlohmann::ordered_json;

/// The matching trials with the greatest rewards that are listed.
constexpr size_t kListed = 20;

/// The columns that are asked for, by name.
std::vector<PointColumn> choose_columns(const std::vector<PointColumn>& all,
                                        const std::vector<std::string>& names) {
  std::vector<PointColumn> chosen;
  std::vector<std::string> known;
  for (const PointColumn& one : all) known.push_back(one.name);
  for (const std::string& name : names) {
    const auto found = std::ranges::find(all, name, &PointColumn::name);
    if (found == all.end())
      throw InputError(
          fmt::format("trials have no column '{}'{}", printable(name), suggestion(name, known)));
    chosen.push_back(*found);
  }
  return chosen;
}

ordered_json column_json(const PointColumn& column) {
  ordered_json object = {{"name", column.name}, {"kind", to_text(column.kind)}};
  object["direction"] = column.direction == 0  ? ordered_json(nullptr)
                        : column.direction > 0 ? ordered_json("maximize")
                                               : ordered_json("minimize");
  if (column.kind == ColumnKind::kDecision) object["choices"] = column.choices;
  return object;
}

/// One arm's part in an answer.
class ArmPoints {
 public:
  ArmPoints(const ArmColumns& columns, const ArmTable& table, const space::SearchSpace& space,
            const search::Objective& objective, int64_t asked)
      : columns_(columns), table_(table), space_(space), matches_(table.done.size(), 1) {
    const auto end = static_cast<size_t>(std::min(asked, table.size()));
    for (size_t i = 0; i < end; ++i)
      if (table.done[i] != 0 && columns.repeats[i] == 0) rows_.push_back(i);
    for (const size_t row : rows_)
      if (objective.admits(columns.reward[row])) admitted_.push_back(row);
  }

  void keep_within(const PointColumn& column, double low, double high) {
    const std::vector<double> values = column_values(column, columns_, table_, space_);
    for (size_t i = 0; i < values.size(); ++i)
      if (!(values[i] >= low && values[i] <= high)) matches_[i] = 0;
  }

  ordered_json answer(const std::vector<PointColumn>& chosen, size_t most) const {
    std::vector<std::vector<double>> values;
    for (const PointColumn& one : chosen)
      values.push_back(column_values(one, columns_, table_, space_));
    const std::vector<size_t> front = front_of(chosen, values);
    const std::vector<size_t> drawn = thin_points({values, rows_, front, matches_}, most);
    ordered_json object = {
        {"trials", rows_.size()},
        {"matching", std::ranges::count_if(rows_, [&](size_t row) { return matches_[row] != 0; })},
        {"numbers", drawn}};
    object["matches"] = ordered_json::array();
    for (const size_t row : drawn) object["matches"].push_back(matches_[row]);
    object["values"] = pick(values, drawn);
    object["front"] = front;
    const std::vector<size_t> best = best_matching();
    object["best"] = {{"numbers", best}, {"values", pick(values, best)}};
    for (const size_t row : best) object["best"]["rewards"].push_back(columns_.reward[row]);
    return object;
  }

 private:
  /// Of the first two columns, where both have a direction and are not the same.
  std::vector<size_t> front_of(const std::vector<PointColumn>& chosen,
                               const std::vector<std::vector<double>>& values) const {
    if (chosen.size() < 2 || chosen[0].name == chosen[1].name) return {};
    const int x = chosen[0].direction, y = chosen[1].direction;
    if (x == 0 || y == 0) return {};
    std::vector<Judged> points;
    for (const size_t row : admitted_) {
      const Judged one = {x * values[0][row], y * values[1][row], row};
      if (matches_[row] != 0 && !std::isnan(one.x) && !std::isnan(one.y)) points.push_back(one);
    }
    return pareto_front(std::move(points));
  }

  std::vector<size_t> best_matching() const {
    std::vector<size_t> best;
    for (const size_t row : admitted_)
      if (matches_[row] != 0) best.push_back(row);
    const auto middle = best.begin() + static_cast<std::ptrdiff_t>(std::min(kListed, best.size()));
    std::partial_sort(best.begin(), middle, best.end(), [&](size_t a, size_t b) {
      return std::pair(-columns_.reward[a], a) < std::pair(-columns_.reward[b], b);
    });
    best.erase(middle, best.end());
    return best;
  }

  /// A list of values a column; null for no number.
  static ordered_json pick(const std::vector<std::vector<double>>& values,
                           const std::vector<size_t>& rows) {
    ordered_json lists = ordered_json::array();
    for (const std::vector<double>& column : values) {
      ordered_json list = ordered_json::array();
      for (const size_t row : rows) list.push_back(column[row]);
      lists.push_back(std::move(list));
    }
    return lists;
  }

  const ArmColumns& columns_;
  const ArmTable& table_;
  const space::SearchSpace& space_;
  std::vector<size_t> rows_;      // done, no repeats
  std::vector<size_t> admitted_;  // those within the limits
  std::vector<uint8_t> matches_;
};

}  // namespace

const ArmTable& LiveStudy::table(Open& open, const std::string& arm_name) {
  const ArmColumns& columns = arm(open, arm_name);
  const auto place = static_cast<size_t>(&columns - open.arms.data());
  if (place >= open.tables.size())
    throw InputError(fmt::format("this is known of the {} and the {} arm only", open.arms[0].arm,
                                 open.arms[1].arm));
  dashboard::refresh(open.tables[place], open.space->decisions().size(), columns, *open.store);
  return open.tables[place];
}

ordered_json LiveStudy::points(const PointsQuery& query) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  const search::Objective& objective = open.spec->objective;
  std::vector<const ArmTable*> tables;
  for (const ArmColumns* columns : shown_arms(open)) tables.push_back(&table(open, columns->arm));
  const std::vector<PointColumn> all = point_columns(tables, *open.space, objective);
  const std::vector<PointColumn> chosen = choose_columns(all, query.columns);
  ordered_json object = {{"revision", revision_}};
  object["available"] = ordered_json::array();
  for (const PointColumn& one : all)
    object["available"].push_back({{"name", one.name}, {"kind", to_text(one.kind)}});
  object["columns"] = ordered_json::array();
  for (const PointColumn& one : chosen) object["columns"].push_back(column_json(one));
  const std::vector<ColumnRange> ranges = parse_ranges(query.where);
  object["arms"] = ordered_json::object();
  for (const ArmColumns* columns : shown_arms(open)) {
    ArmPoints points(*columns, table(open, columns->arm), *open.space, objective,
                     search::asked_trials(open.spec->settings));
    for (const ColumnRange& range : ranges)
      points.keep_within(choose_columns(all, {range.column}).at(0), range.low, range.high);
    object["arms"][columns->arm] = points.answer(chosen, query.most);
  }
  return object;
}

ordered_json LiveStudy::shares(int64_t windows) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  const std::vector<ChoiceGroup> groups = choice_groups(*open.space);
  ordered_json object = {{"revision", revision_}, {"groups", ordered_json::array()}};
  for (const ChoiceGroup& group : groups)
    object["groups"].push_back({{"cell", group.cell},
                                {"about", group.about},
                                {"choices", group.choices},
                                {"decisions", group.decisions.size()}});
  object["arms"] = ordered_json::object();
  for (const ArmColumns* columns : shown_arms(open)) {
    ordered_json list = ordered_json::array();
    for (const ShareWindow& one :
         choice_shares(table(open, columns->arm), groups, listed(open, columns->arm), windows))
      list.push_back({{"first", one.first}, {"end", one.end}, {"shares", one.shares}});
    object["arms"][columns->arm] = list;
  }
  return object;
}

ordered_json LiveStudy::policy(std::optional<int64_t> trials) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  const space::SearchSpace& space = *open.space;
  ordered_json object = {{"revision", revision_},
                         {"trials", nullptr},
                         {"decisions", ordered_json::array()},
                         {"probabilities", ordered_json::array()},
                         {"generations", ordered_json::array()}};
  for (size_t d = 0; d < space.decisions().size(); ++d) {
    const space::Decision& decision = space.decisions()[d];
    ordered_json names = ordered_json::array();
    for (int c = 0; c < decision.choices; ++c) names.push_back(space.choice_name(d, c));
    object["decisions"].push_back({{"name", decision.name}, {"choices", names}});
  }
  for (const search::PolicyRecord& one : open.store->policies(search::kSearchArm)) {
    object["generations"].push_back({{"trials", one.trials}, {"entropy", one.entropy}});
    // The first stands for those that are asked for too early.
    if (trials && one.trials > *trials && !object["trials"].is_null()) continue;
    object["trials"] = one.trials;
    object["probabilities"] = one.probabilities;
  }
  return object;
}

ordered_json LiveStudy::effects(const std::string& arm_name, EffectsBy by) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  const std::vector<ChoiceEffect> effects =
      choice_effects(table(open, arm_name), arm(open, arm_name), open.spec->objective, *open.space,
                     listed(open, arm_name), by);
  ordered_json list = ordered_json::array();
  for (const ChoiceEffect& one : effects) {
    ordered_json entry = {{"about", one.about},
                          {"choice", one.choice},
                          {"with", one.with},
                          {"without", one.without},
                          {"effect", nullptr}};
    if (one.effect)
      entry["effect"] = {{"value", one.effect->value},
                         {"interval", interval_json(one.effect->interval)}};
    list.push_back(std::move(entry));
  }
  const bool drawn = arm_name == search::kBaselineArm ||
                     open.spec->settings.strategy == search::StrategyKind::kRandom;
  return {{"revision", revision_},
          {"arm", arm_name},
          {"by", to_text(by)},
          {"caution", effects_caution(effects, drawn)},
          {"effects", list}};
}

}  // namespace nasnet::dashboard
