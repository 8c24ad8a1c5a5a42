#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/dashboard/choice_shares.h"
#include "nasnet/dashboard/live_study.h"
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

/// The columns that a front is of: all goals of the study where the first two are such, else those
/// two, where both have a direction and are not the same.
std::vector<PointColumn> front_columns(const std::vector<PointColumn>& all,
                                       const std::vector<PointColumn>& chosen,
                                       const search::Goals& goals) {
  if (chosen.size() < 2 || chosen[0].name == chosen[1].name) return {};
  std::vector<PointColumn> columns(chosen.begin(), chosen.begin() + 2);
  const auto is_goal = [&](const PointColumn& column) {
    return std::ranges::find(goals, column.name, &search::Goal::measurement) != goals.end();
  };
  if (is_goal(columns[0]) && is_goal(columns[1])) {
    for (const search::Goal& goal : goals) {
      const auto found = std::ranges::find(all, goal.measurement, &PointColumn::name);
      if (found != all.end() && found->name != columns[0].name && found->name != columns[1].name)
        columns.push_back(*found);
    }
  }
  if (columns[0].direction == 0 || columns[1].direction == 0) return {};
  return columns;
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

  /// `front_columns`: Pareto's front is of them; of none there is none.
  ordered_json answer(const std::vector<PointColumn>& chosen,
                      const std::vector<PointColumn>& front_columns, size_t most) const {
    std::vector<std::vector<double>> values;
    for (const PointColumn& one : chosen)
      values.push_back(column_values(one, columns_, table_, space_));
    const std::vector<size_t> front = front_of(front_columns);
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
  /// In the order of the first of these columns, the best first.
  std::vector<size_t> front_of(const std::vector<PointColumn>& columns) const {
    if (columns.empty()) return {};
    std::vector<std::vector<double>> values;
    for (const PointColumn& one : columns)
      values.push_back(column_values(one, columns_, table_, space_));
    std::vector<search::Losses> points;
    std::vector<size_t> rows;
    search::Losses losses(columns.size());
    for (const size_t row : admitted_) {
      // Fronts stand in the order of the last loss.
      for (size_t k = 0; k < columns.size(); ++k)
        losses[columns.size() - 1 - k] = -columns[k].direction * values[k][row];
      if (matches_[row] == 0 ||
          std::ranges::any_of(losses, [](double one) { return std::isnan(one); }))
        continue;
      points.push_back(losses);
      rows.push_back(row);
    }
    std::vector<size_t> front;
    for (const size_t place : search::pareto_front(points)) front.push_back(rows[place]);
    return front;
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
  const std::vector<PointColumn> front = front_columns(all, chosen, objective.goals());
  object["front_of"] = ordered_json::array();
  for (const PointColumn& one : front) object["front_of"].push_back(one.name);
  object["arms"] = ordered_json::object();
  for (const ArmColumns* columns : shown_arms(open)) {
    ArmPoints points(*columns, table(open, columns->arm), *open.space, objective,
                     search::asked_trials(open.spec->settings));
    for (const ColumnRange& range : ranges)
      points.keep_within(choose_columns(all, {range.column}).at(0), range.low, range.high);
    object["arms"][columns->arm] = points.answer(chosen, front, query.most);
  }
  return object;
}

ordered_json LiveStudy::front(int64_t most) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  const search::Objective& objective = open.spec->objective;
  if (open.fronts.empty())
    throw InputError("this study has one number to maximize: there is no front of several goals");
  ordered_json object = {{"revision", revision_}, {"goals", goals_json(objective)}};
  for (const ArmColumns* columns : shown_arms(open)) {
    ArmFront& front = open.fronts[static_cast<size_t>(columns - open.arms.data())];
    front.refresh(*columns, table(open, columns->arm), search::asked_trials(open.spec->settings));
    ordered_json members = ordered_json::array(), history = ordered_json::array();
    for (const search::Front::Member& one : front.members()) {
      ordered_json values = ordered_json::array();
      for (size_t k = 0; k < one.losses.size(); ++k)
        values.push_back(objective.goals()[k].value(one.losses[k]));
      members.push_back({{"number", one.id}, {"values", values}});
    }
    for (const ArmFront::Step& step : front.history(static_cast<size_t>(most)))
      history.push_back({step.trial + 1, step.hypervolume});
    object[columns->arm] = {{"hypervolume", front.hypervolume()},
                            {"members", members},
                            {"history", history},
                            {"end", front.end()}};
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
