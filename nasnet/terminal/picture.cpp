#include "nasnet/terminal/picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/columns.h"
#include "nasnet/base/quantity.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/terminal/plot.h"

// Numbers and sentences are the API's, which are those of `search --json`; here they find a place.

namespace nasnet::terminal {
namespace {

using nlohmann::ordered_json;

/// Lines that belong together.
struct Section {
  int rank = 0;  ///< those of a low rank find a place first
  std::vector<Line> lines;
  bool spaced = false;  ///< a blank line goes before it where there is room for all
  int kept = 0;
};

/// The fewest lines in which the curve says anything, and those that it then has at most.
constexpr int kLeastPlot = 5, kMostPlot = 40;

class Picture {
 public:
  Picture(const Snapshot& snapshot, const Area& area)
      : study_(snapshot.study),
        snapshot_(snapshot),
        area_(area),
        rewards_(search::Objective(study_.at("objective").get<std::string>())) {}

  std::vector<Line> draw() {
    sections_ = {{0, {title()}}};
    if (!snapshot_.problem.empty())
      sections_.push_back({0, {{{"Out of reach: " + text(snapshot_.problem), Style::kBad}}}});
    sections_.push_back({1, {progress()}});
    sections_.push_back({2, arms(), true});
    sections_.push_back({6, wrapped_text(study_.at("comparison"), "", Style::kPlain)});
    sections_.push_back({3, {spent()}});
    const size_t plot = sections_.size();
    sections_.push_back({5, {}, true});
    sections_.push_back({4, best(), true});
    sections_.push_back({8, failures(), true});
    sections_.push_back({7, alarms()});
    sections_.push_back({9, workers(), true});
    lay_out(plot);
    return join();
  }

 private:
  std::string text(const ordered_json& value) const {
    return shown(value.get<std::string>(), area_.unicode);
  }

  std::string arm_name(const ordered_json& arm) const {
    return arm.at("arm") == search::kSearchArm ? text(study_.at("strategy")) : "random";
  }

  Style arm_style(const ordered_json& arm) const {
    return arm.at("arm") == search::kSearchArm ? Style::kSearch : Style::kRandom;
  }

  std::string interval(const ordered_json& range) const {
    return rewards_.range({range.at(0), range.at(1)});
  }

  std::vector<Line> wrapped_text(const ordered_json& value, const std::string& opening,
                                 Style style) const {
    std::vector<Line> lines;
    if (value.is_null()) return lines;
    for (const std::string& line : wrapped(opening + text(value), area_.columns))
      lines.push_back({{line, style}});
    return lines;
  }

  Line title() const {
    const bool silent = study_.at("silent").get<bool>();
    return {{state_text(study_), silent ? Style::kBad : Style::kStrong},
            {"  " + text(study_.at("name")), Style::kStrong},
            {fmt::format("  {} on {}", text(study_.at("strategy")), text(study_.at("space")))}};
  }

  Line progress() const {
    int64_t finished = 0, asked = 0;
    for (const ordered_json& arm : study_.at("arms")) {
      finished += arm.at("finished").get<int64_t>();
      asked += arm.at("asked").get<int64_t>();
    }
    std::string tail = fmt::format(" {} of {} trials", finished, asked);
    if (const double to_go = seconds_to_go(study_); to_go >= 0)
      tail += ", " + format_seconds(to_go) + " to go";
    const int width = std::clamp(area_.columns - display_width(tail) - 2, 4, 60);
    const auto filled =
        asked > 0 ? static_cast<size_t>(width * std::min(finished, asked) / asked) : 0;
    const auto empty = static_cast<size_t>(width) - filled;
    if (!area_.unicode)
      return {{"[" + std::string(filled, '=') + std::string(empty, ' ') + "]" + tail}};
    std::string bar;
    for (size_t i = 0; i < filled; ++i) bar += "\u2588";
    std::string rest;
    for (size_t i = 0; i < empty; ++i) rest += "\u2591";
    return {{bar, Style::kSearch}, {rest, Style::kFaint}, {tail}};
  }

  std::vector<Line> arms() const {
    std::vector<Line> lines;
    const bool percent = study_.at("is_accuracy");
    lines.push_back(
        {{fmt::format("{:<9} {:>9}  {:<20} {:>18} {:>7} {:>7}", percent ? "accuracy" : "reward",
                      "best", "95 % interval", "mean +- std. error", "done", "failed"),
          Style::kFaint}});
    for (const ordered_json& arm : study_.at("arms")) {
      std::string reward = "-", range = "-";
      if (!arm.at("best").is_null()) {
        reward = rewards_.value(arm.at("best").at("reward"));
        range = interval(arm.at("best").at("interval"));
      }
      const ordered_json& mean = arm.at("mean");
      const int64_t failed = arm.at("failed");
      lines.push_back({{padded_right(arm_name(arm), 9) + " ", arm_style(arm)},
                       {fmt::format("{:>9}", reward), Style::kStrong},
                       {fmt::format("  {:<20} {:>18} {:>7} ", range,
                                    rewards_.spread({mean.at("value"), mean.at("standard_error"),
                                                     mean.at("trials")}),
                                    arm.at("finished").get<int64_t>() - failed)},
                       {fmt::format("{:>7}", failed), failed > 0 ? Style::kBad : Style::kPlain}});
    }
    // Without a baseline that nobody forgets that nothing says what chance would find.
    if (study_.at("arms").size() < 2)
      lines.push_back({{"no random arm: nothing says what chance finds", Style::kFaint}});
    return lines;
  }

  static std::string of_limit(double limit) {
    return limit > 0 ? fmt::format(" of {:.6g}", limit) : "";
  }

  Line spent() const {
    const ordered_json& settings = study_.at("settings");
    std::string line = fmt::format("spent: {}{} core-hours", hours_text(study_.at("core_seconds")),
                                   of_limit(settings.at("core_hours")));
    const double gpu = study_.at("gpu_seconds"), gpu_limit = settings.at("gpu_hours");
    if (gpu > 0 || gpu_limit > 0)
      line += fmt::format(", {}{} GPU-hours", hours_text(gpu), of_limit(gpu_limit));
    line += ", " + format_seconds(study_.at("seconds"));
    if (settings.at("time") != "") line += " of " + text(settings.at("time"));
    const double kilojoules = study_.at("joules").get<double>() / 1000;
    if (kilojoules > 0) line += fmt::format(", {:.1f} kJ", kilojoules);
    if (settings.at("energy") != "") line += " of " + text(settings.at("energy"));
    return {{line}};
  }

  std::vector<Line> plot(int rows) const {
    if (area_.columns < 20 || rows < kLeastPlot) return {};
    std::vector<Steps> series;
    PlotAxes axes;
    Line legend = {{"best so far: "}};
    for (const ordered_json& arm : study_.at("arms")) {
      const ordered_json& curve = snapshot_.curve.at(arm.at("arm").get<std::string>());
      Steps steps;
      steps.end = curve.at("end");
      steps.style = arm_style(arm);
      steps.dotted = arm.at("arm") != search::kSearchArm;
      for (const ordered_json& one : curve.at("best"))
        steps.at.emplace_back(one.at("x"), one.at("reward"));
      axes.right = std::max(axes.right, steps.end);
      const char* mark = area_.unicode  ? (steps.dotted ? "\u2505" : "\u2501")
                         : steps.dotted ? "."
                                        : "*";
      legend.push_back({fmt::format("{} {}  ", mark, arm_name(arm)), steps.style});
      series.push_back(std::move(steps));
    }
    axes.value = [&](double value) { return rewards_.value(value); };
    axes.left_text = "0";
    axes.right_text = fmt::format("{:.0f} trials", axes.right);
    std::vector<Line> lines = draw_steps(series, axes, {area_.columns, rows - 1, area_.unicode});
    if (!lines.empty()) lines.insert(lines.begin(), legend);
    return lines;
  }

  std::vector<Line> best() const {
    std::vector<Line> lines;
    for (const ordered_json& trial : snapshot_.best)
      lines.push_back({{fmt::format("#{:<5} ", trial.at("number").get<int64_t>()), Style::kSearch},
                       {rewards_.value(trial.at("reward")), Style::kStrong},
                       {fmt::format(" ({})  ", interval(trial.at("interval")))},
                       {text(trial.at("line")), Style::kFaint}});
    if (!lines.empty()) lines.insert(lines.begin(), {{"best cells", Style::kFaint}});
    return lines;
  }

  std::vector<Line> failures() const {
    std::vector<Line> lines;
    for (const ordered_json& arm : study_.at("arms"))
      for (const auto& [cause, count] : arm.at("failed_by_cause").items())
        lines.push_back({{fmt::format("failed, {}: {} of {}", shown(cause, area_.unicode),
                                      count.get<int64_t>(), arm_name(arm)),
                          Style::kBad}});
    return lines;
  }

  std::vector<Line> alarms() const {
    std::vector<Line> lines;
    for (const ordered_json& alarm : study_.at("alarms"))
      for (Line& line : wrapped_text(alarm.at("text"), "Alarm: ", Style::kBad))
        lines.push_back(std::move(line));
    return lines;
  }

  std::vector<Line> workers() const {
    std::vector<Line> lines = {{{text(study_.at("driver")), Style::kFaint}}};
    for (const ordered_json& one : study_.at("workers")) {
      const int64_t trials = one.at("trials");
      std::string line =
          fmt::format("{}: {} trial{}", text(one.at("owner")), trials, trials == 1 ? "" : "s");
      if (one.at("trials_per_hour").is_number())
        line += fmt::format(", {:.0f} an hour, {:.1f} cores busy",
                            one.at("trials_per_hour").get<double>(),
                            one.at("cores_busy").get<double>());
      lines.push_back({{trials > 0 ? "at work: " : "idle: ", Style::kFaint}, {line}});
    }
    return lines;
  }

  /// Gives each section its lines, by rank; the curve has what is left.
  void lay_out(size_t plot_index) {
    std::vector<Section*> order;
    for (Section& section : sections_) order.push_back(&section);
    std::ranges::stable_sort(order, {}, &Section::rank);
    Section* const curve = &sections_[plot_index];
    int left = area_.rows, held = 0;
    for (Section* section : order) {
      if (section == curve) {
        // A third of the terminal is kept for it.
        held = left >= 2 * kLeastPlot ? std::max(kLeastPlot, area_.rows / 3) : 0;
        held = std::min(held, left);
        left -= held;
        continue;
      }
      // Cells are many: those below the curve in rank have a place, too.
      const int most = section->rank == 4 ? std::max(2, area_.rows / 4) : area_.rows;
      section->kept = std::min({left, most, static_cast<int>(section->lines.size())});
      left -= section->kept;
    }
    int blanks = 0;
    for (const Section& section : sections_)
      if (section.spaced && (section.kept > 0 || &section == curve)) ++blanks;
    spaced_ = left >= blanks;
    if (spaced_) left -= blanks;
    curve->lines = plot(std::min(kMostPlot, held + left));
    curve->kept = static_cast<int>(curve->lines.size());
  }

  std::vector<Line> join() const {
    std::vector<Line> lines;
    for (const Section& section : sections_) {
      if (spaced_ && section.spaced && section.kept > 0) lines.emplace_back();
      for (int i = 0; i < section.kept; ++i)
        lines.push_back(fitted(section.lines[static_cast<size_t>(i)], area_.columns));
    }
    return lines;
  }

  const ordered_json& study_;
  const Snapshot& snapshot_;
  const Area area_;
  const report::RewardText rewards_;
  std::vector<Section> sections_;
  bool spaced_ = false;
};

}  // namespace

std::vector<Line> draw_picture(const Snapshot& snapshot, const Area& area) {
  if (snapshot.study.is_null())
    return {fitted({{"Out of reach: " + shown(snapshot.problem, area.unicode), Style::kBad}},
                   area.columns)};
  return Picture(snapshot, area).draw();
}

}  // namespace nasnet::terminal
