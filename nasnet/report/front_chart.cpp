#include "nasnet/report/front_chart.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "nasnet/base/text.h"
#include "nasnet/report/best_cells.h"
#include "nasnet/report/chart.h"
#include "nasnet/report/palette.h"

namespace nasnet::report {
namespace {

using search::ArmFront;
using search::Goal;
using search::Goals;
using search::Losses;
using search::Trial;

/// Faint marks of an arm, and labels of a front, beyond which only some are drawn.
constexpr size_t kMostFaint = 400, kMostLabels = 14;

/// An arm as it is drawn.
struct ArmFrontStyle {
  std::string name;
  const char* colour;
  Mark mark;
  bool dashed;
};

/// The part of a goal that a panel shows, as losses.
struct Window {
  double best = 0, worst = 0;
  bool at_reference = false;
  bool holds(double loss) const { return loss <= worst; }
};

/// Nine of ten trials, members of a front that are not far beyond them, and the reference where
/// that is near. Candidates that learn nothing are cheap, on the front, and far away from it all.
Window window_of(std::vector<double> losses, std::vector<double> members, double reference) {
  std::ranges::sort(losses);
  std::ranges::sort(members);
  Window window{losses.front(), losses[(losses.size() - 1) * 9 / 10]};
  const auto reach = [&](double times) {
    return window.best + times * (window.worst - window.best);
  };
  for (const double member : members)
    if (member <= reach(2)) window.worst = std::max(window.worst, member);
  if (reference > window.best && (window.worst == window.best || reference <= reach(1.5))) {
    window.worst = std::max(window.worst, reference);
    window.at_reference = true;
  }
  return window;
}

std::vector<Trial> judged_trials(const std::vector<Trial>& trials,
                                 const search::Objective& objective) {
  std::vector<Trial> judged;
  for (const Trial& trial : trials)
    if (search::is_judged(trial, objective)) judged.push_back(trial);
  return judged;
}

double loss_of(const Trial& trial, const Goal& goal) {
  return goal.loss(trial.measurements.at(goal.measurement));
}

/// The places of those that get a label: all of them, or some in equal steps.
std::set<size_t> labelled(size_t members) {
  std::set<size_t> places;
  const size_t count = std::min(members, kMostLabels);
  for (size_t k = 0; k < count; ++k)
    places.insert(count < 2 ? 0 : (k * (members - 1) + (count - 1) / 2) / (count - 1));
  return places;
}

/// One panel: the first goal against another.
class PairPanel {
 public:
  PairPanel(const Goals& goals, size_t across, const Losses& reference, const ArmFront& search,
            const ArmFront& baseline, const std::vector<const std::vector<Trial>*>& trials)
      : goals_(goals), across_(across), reference_(reference) {
    x_ = axis(across, search, baseline, trials);
    y_ = axis(0, search, baseline, trials);
    panel_.title = fmt::format("{} against {}", goals[0].measurement, goals[across].measurement);
    panel_.x_label = x_.scale.label;
    panel_.y_label = y_.scale.label;
    if (x_.window.at_reference && y_.window.at_reference)
      panel_.series.push_back({.name = "reference",
                               .colour = kBlack,
                               .mark = Mark::kDiamond,
                               .points = {at(reference[across_], reference[0])}});
  }

  void add_trials(const std::vector<Trial>& trials, const ArmFrontStyle& style) {
    Series series{.name = style.name + ": a trial",
                  .colour = style.colour,
                  .mark = style.mark,
                  .faint = true};
    const size_t step = (trials.size() + kMostFaint - 1) / kMostFaint;
    if (step > 1) series.name += fmt::format(" (one of {})", step);
    for (size_t i = 0; i < trials.size(); ++i) {
      if (!shows(trials[i])) {
        ++hidden_;
      } else if (i % step == 0) {
        series.points.push_back(point(trials[i]));
      }
    }
    if (!series.points.empty()) panel_.series.push_back(std::move(series));
  }

  void add_front(const ArmFront& front, const ArmFrontStyle& style, bool with_labels) {
    if (front.members.empty()) return;
    const std::string name = style.name + ": front, hypervolume";
    if (goals_.size() == 2) add_stair(front, style, name);
    Series series{.name = name, .colour = style.colour, .mark = style.mark};
    if (goals_.size() > 2) series.name = style.name + ": on the front of all goals";
    const std::set<size_t> labels = labelled(with_labels ? front.members.size() : 0);
    for (size_t i = 0; i < front.members.size(); ++i) {
      if (!shows(front.members[i])) {
        ++hidden_members_;
        continue;
      }
      series.points.push_back(point(front.members[i]));
      if (labels.contains(i)) series.points.back().label = fmt::format("front-{}", i + 1);
    }
    if (!series.points.empty()) panel_.series.push_back(std::move(series));
  }

  Panel panel() const { return panel_; }
  size_t hidden() const { return hidden_; }
  size_t hidden_members() const { return hidden_members_; }

 private:
  struct Side {
    Window window;
    GoalScale scale;
  };

  Side axis(size_t k, const ArmFront& search, const ArmFront& baseline,
            const std::vector<const std::vector<Trial>*>& trials) const {
    std::vector<double> all, members;
    for (const std::vector<Trial>* arm : trials)
      for (const Trial& trial : *arm) all.push_back(loss_of(trial, goals_[k]));
    for (const ArmFront* front : {&search, &baseline})
      for (const Trial& trial : front->members) members.push_back(loss_of(trial, goals_[k]));
    const Window window = window_of(all, members, reference_[k]);
    return {window, goal_scale(goals_[k], std::max(std::abs(window.best), std::abs(window.worst)))};
  }

  bool shows(const Trial& trial) const {
    return x_.window.holds(loss_of(trial, goals_[across_])) &&
           y_.window.holds(loss_of(trial, goals_[0]));
  }
  Point at(double x_loss, double y_loss) const {
    return {x_.scale.factor * goals_[across_].value(x_loss),
            y_.scale.factor * goals_[0].value(y_loss)};
  }
  Point point(const Trial& trial) const {
    return at(loss_of(trial, goals_[across_]), loss_of(trial, goals_[0]));
  }

  /// The edge of all that the front dominates, within the window.
  void add_stair(const ArmFront& front, const ArmFrontStyle& style, const std::string& name) {
    std::vector<std::pair<double, double>> members;  // by x; y falls
    for (const Trial& trial : front.members)
      if (shows(trial))
        members.emplace_back(loss_of(trial, goals_[across_]), loss_of(trial, goals_[0]));
    if (members.empty()) return;
    std::ranges::sort(members);
    Series series{.name = name,
                  .colour = style.colour,
                  .mark = Mark::kNone,
                  .joined = true,
                  .dashed = style.dashed};
    double height = y_.window.worst;
    for (const auto& [x, y] : members) {
      series.points.push_back(at(x, height));
      series.points.push_back(at(x, y));
      height = y;
    }
    series.points.push_back(at(x_.window.worst, height));
    // Lines are drawn in the order of x, points of one x in their own.
    if (goals_[across_].maximize) std::ranges::reverse(series.points);
    panel_.series.push_back(std::move(series));
  }

  const Goals& goals_;
  size_t across_;
  const Losses& reference_;
  Side x_, y_;
  Panel panel_;
  size_t hidden_ = 0, hidden_members_ = 0;
};

Series volume_line(const std::vector<Trial>& trials, const search::Objective& objective,
                   const ArmFrontStyle& style) {
  Series series{.name = style.name + ": front, hypervolume",
                .colour = style.colour,
                .mark = Mark::kNone,
                .joined = true,
                .dashed = style.dashed,
                .points = {{1, 0}}};
  for (const search::VolumeStep& step : search::volume_history(trials, objective)) {
    const auto x = static_cast<double>(step.trial + 1);
    series.points.push_back({x, series.points.back().y});
    series.points.push_back({x, step.hypervolume});
  }
  double last = 1;
  for (const Trial& trial : trials)
    if (trial.finished()) last = static_cast<double>(trial.number + 1);
  series.points.push_back({last, series.points.back().y});
  return series;
}

/// Ticks are short: of millions "millions" stands in the label.
void scale_volumes(Panel& panel) {
  double greatest = 0;
  for (const Series& series : panel.series)
    for (const Point& point : series.points) greatest = std::max(greatest, point.y);
  const GoalScale scale = goal_scale({"hypervolume", true}, greatest);
  panel.y_label = scale.label;
  for (Series& series : panel.series)
    for (Point& point : series.points) point.y *= scale.factor;
}

std::string plural(size_t count, const char* what) {
  return fmt::format("{} {}{}", thousands(static_cast<int64_t>(count)), what,
                     count == 1 ? "" : "s");
}

}  // namespace

GoalScale goal_scale(const Goal& goal, double greatest) {
  std::string name = goal.measurement;
  std::string unit;
  double factor = 1;
  const auto holds = [&](const char* part) { return name.find(part) != std::string::npos; };
  const std::string ms = "_ms";
  if (holds("accuracy") && greatest <= 1) {
    unit = ", %";
    factor = 100;
  } else if (name.ends_with(ms)) {
    name.resize(name.size() - ms.size());
    unit = ", ms";
  } else {
    const bool bytes = holds("memory") || holds("bytes");
    if (bytes) unit = ", bytes";
    if (holds("joules")) unit = ", J";
    const std::tuple<double, const char*, const char*> kUnits[] = {{1e12, ", 1e12", ", TB"},
                                                                   {1e9, ", billions", ", GB"},
                                                                   {1e6, ", millions", ", MB"},
                                                                   {1e3, ", thousands", ", kB"}};
    for (const auto& [size, many, of_bytes] : kUnits)
      if (greatest >= size) {
        unit = bytes ? of_bytes : many;
        factor = 1 / size;
        break;
      }
  }
  if (const size_t at = name.find("multiply_adds"); at != std::string::npos)
    name.replace(at, 13, "multiply-adds");
  std::ranges::replace(name, '_', ' ');
  return {fmt::format("{}{} ({} is better)", name, unit, goal.maximize ? "more" : "less"), factor};
}

FrontChart draw_fronts(const search::SearchSettings& settings, const search::StudyResult& result,
                       const search::FrontFindings& fronts) {
  const search::Objective& objective = result.objective;
  const Goals& goals = objective.goals();
  if (goals.empty()) return {};
  const std::vector<Trial> search = judged_trials(result.search, objective);
  const std::vector<Trial> baseline = judged_trials(result.baseline, objective);
  if (search.empty() && baseline.empty()) return {};
  const ArmFrontStyle own{to_text(settings.study.strategy), kBlue, Mark::kDot, false};
  const ArmFrontStyle random{"random search", kRed, Mark::kTriangle, true};
  std::vector<Panel> panels;
  size_t hidden = 0, hidden_members = 0;
  for (size_t k = 1; k < goals.size(); ++k) {
    PairPanel pair(goals, k, objective.reference(), fronts.search, fronts.baseline,
                   {&search, &baseline});
    pair.add_trials(baseline, random);
    pair.add_trials(search, own);
    pair.add_front(fronts.baseline, random, false);
    pair.add_front(fronts.search, own, true);
    hidden = std::max(hidden, pair.hidden());
    hidden_members = std::max(hidden_members, pair.hidden_members());
    panels.push_back(pair.panel());
  }
  Panel volume{
      .title = "Hypervolume of the front, trial by trial", .x_label = "trial", .y_label = ""};
  if (!baseline.empty()) volume.series.push_back(volume_line(result.baseline, objective, random));
  if (!search.empty()) volume.series.push_back(volume_line(result.search, objective, own));
  scale_volumes(volume);
  panels.push_back(std::move(volume));

  std::vector<std::string> notes;
  if (goals.size() > 2)
    notes.emplace_back(
        "Heavy marks are on the front of all goals together: in one pair of them some look beaten, "
        "and are better in another goal.");
  if (fronts.search.members.size() > kMostLabels)
    notes.emplace_back("Labels are at some members of the front; the table has all.");
  if (hidden > 0)
    notes.push_back(
        fmt::format("Worse than all that the frame shows: {}{}.", plural(hidden, "trial"),
                    hidden_members == 0 ? ""
                                        : fmt::format(", {} of a front among them (see the table)",
                                                      plural(hidden_members, "member"))));
  return {draw_chart("The fronts of the search and of its random arm", panels),
          fmt::format("{}", fmt::join(notes, " "))};
}

FrontTable front_table(const search::SearchSettings& settings, const search::StudyResult& result,
                       const search::FrontFindings& fronts) {
  const search::Objective& objective = result.objective;
  const std::string strategy = to_text(settings.study.strategy);
  FrontTable table{{"front of", "member", "trial"}, {}, {"after trials", strategy}, {}};
  for (const Goal& goal : objective.goals()) table.header.push_back(goal.measurement);
  const auto add = [&](const ArmFront& front, const std::string& arm, bool saved) {
    for (size_t i = 0; i < front.members.size(); ++i) {
      const Trial& trial = front.members[i];
      std::vector<std::string> row = {arm, saved ? saved_name(objective, trial, i + 1) : "-",
                                      fmt::format("{}", trial.number)};
      for (const Goal& goal : objective.goals()) {
        const double value = trial.measurements.at(goal.measurement);
        const bool is_share = goal_scale(goal, std::abs(value)).factor == 100;
        row.push_back(is_share ? fmt::format("{:.2f} %", 100 * value) : search::amount_text(value));
      }
      table.members.push_back(std::move(row));
    }
  };
  add(fronts.search, strategy, true);
  add(fronts.baseline, "random", false);
  std::vector<std::vector<search::VolumeStep>> histories = {
      search::volume_history(result.search, objective)};
  if (!result.baseline.empty()) {
    table.volume_header.emplace_back("random");
    histories.push_back(search::volume_history(result.baseline, objective));
  }
  const auto finished = std::ranges::count_if(result.search, &Trial::finished);
  std::vector<int64_t> counts;
  for (int64_t power = 1; power < finished; power *= 10)
    for (const int64_t count : {power, 2 * power, 5 * power})
      if (count < finished) counts.push_back(count);
  counts.push_back(finished);
  for (const int64_t count : counts) {
    std::vector<std::string> row = {thousands(count)};
    for (const auto& history : histories) {
      double volume = 0;
      for (const search::VolumeStep& step : history)
        if (step.trial < count) volume = step.hypervolume;
      row.push_back(fmt::format("{:.6g}", volume));
    }
    table.volumes.push_back(std::move(row));
  }
  return table;
}

}  // namespace nasnet::report
