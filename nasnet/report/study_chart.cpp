#include "nasnet/report/study_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/report/chart.h"
#include "nasnet/report/palette.h"
#include "nasnet/report/verdicts.h"
#include "nasnet/search/study/statistics.h"

namespace nasnet::report {
namespace {

using search::Trial;
using search::TrialState;

/// Marks of an arm, beyond which several trials share one.
constexpr size_t kMostMarks = 400;
constexpr double kHour = 3600;

/// An arm's name and colours in all panels.
struct ArmStyle {
  std::string name;
  const char* marks;
  const char* line;
};

/// The part of a study's trials that curves need.
class ArmCurve {
 public:
  /// `unit`: seconds of processor time in one of the cost's axis.
  ArmCurve(const std::vector<Trial>& trials, const search::Objective& objective, double unit) {
    const double scale = objective.is_accuracy() ? 100 : 1;
    double spent = 0;
    for (const Trial& trial : trials) {
      spent += trial.cost.core_seconds / unit;
      const auto number = static_cast<double>(trial.number + 1);
      if (trial.finished()) last_ = {number, spent};
      // Rewards beyond the limits are of another scale.
      if (trial.state != TrialState::kDone || !objective.admits(trial.reward)) continue;
      rewards_.push_back({number, scale * trial.reward});
      if (steps_.empty() || trial.reward > steps_.back().reward)
        steps_.push_back({number, spent, trial.reward, search::reward_interval(trial, objective)});
    }
    for (Step& step : steps_) {
      step.reward *= scale;
      step.interval.low *= scale;
      step.interval.high *= scale;
    }
  }
  bool empty() const { return rewards_.empty(); }

  Series rewards(const ArmStyle& style) const {
    Series series{.name = style.name, .colour = style.marks};
    const size_t share = (rewards_.size() + kMostMarks - 1) / kMostMarks;
    if (share > 1) series.name += fmt::format(" (each mark the mean of {} trials)", share);
    for (size_t first = 0; first < rewards_.size(); first += share) {
      const size_t count = std::min(share, rewards_.size() - first);
      double sum = 0;
      for (size_t i = first; i < first + count; ++i) sum += rewards_[i].y;
      series.points.push_back({rewards_[first + count - 1].x, sum / static_cast<double>(count)});
    }
    return series;
  }

  /// A stair that rises with each improvement, to the last finished trial.
  Series best(const ArmStyle& style, bool along_cost) const {
    return stair(style.name + ", best so far", style.line, along_cost,
                 [](const Step& step) { return step.reward; });
  }
  /// Both ends of the best's interval.
  std::vector<Series> bounds(const ArmStyle& style) const {
    std::vector<Series> series;
    for (const bool high : {false, true}) {
      series.push_back(
          stair(style.name + ", its 95 % interval", style.line, true,
                [&](const Step& step) { return high ? step.interval.high : step.interval.low; }));
      series.back().dashed = true;
      series.back().width = 1;
    }
    return series;
  }

 private:
  struct Step {
    double number = 0, spent = 0, reward = 0;
    search::Interval interval;
  };
  struct Place {
    double number = 0, spent = 0;
  };

  template <class Value>
  Series stair(const std::string& name, const char* colour, bool along_cost, Value value) const {
    Series series{.name = name, .colour = colour, .mark = Mark::kNone, .joined = true};
    for (const Step& step : steps_) {
      const double x = along_cost ? step.spent : step.number;
      if (!series.points.empty()) series.points.push_back({x, series.points.back().y});
      series.points.push_back({x, value(step)});
    }
    if (!series.points.empty())
      series.points.push_back({along_cost ? last_.spent : last_.number, series.points.back().y});
    return series;
  }

  std::vector<Point> rewards_;
  std::vector<Step> steps_;
  Place last_;
};

/// Short against longer training of the sampled candidates.
Series sampled(const search::StudyResult& result, double scale) {
  std::map<space::Choices, double> proxy;
  for (const Trial& trial : result.search)
    if (trial.state == TrialState::kDone)
      proxy.emplace(trial.choices, trial.rungs.empty() ? trial.reward : trial.rungs[0]);
  Series series{.name = "a candidate of the sample", .colour = kPurple, .mark = Mark::kDiamond};
  for (const Trial& trial : result.sample)
    if (const auto found = proxy.find(trial.choices);
        trial.state == TrialState::kDone && found != proxy.end())
      series.points.push_back({scale * found->second, scale * trial.reward});
  return series;
}

}  // namespace

std::string draw_study(const search::SearchSettings& settings, const search::StudyResult& result) {
  const bool percent = result.objective.is_accuracy();
  const std::string measure = measure_name(result.objective) + (percent ? ", %" : "");
  const double unit = result.cost.core_seconds >= kHour ? kHour : 1;
  Panel rewards{.title = "Rewards, trial by trial", .x_label = "trial", .y_label = measure};
  Panel best{.title = "The best so far, by its cost",
             .x_label = unit > 1 ? "core-hours of the arm" : "core-seconds of the arm",
             .y_label = measure};
  std::vector<Series> lines;
  const auto add_arm = [&](const std::vector<Trial>& trials, const ArmStyle& style) {
    const ArmCurve curve(trials, result.objective, unit);
    if (curve.empty()) return;
    rewards.series.push_back(curve.rewards(style));
    lines.push_back(curve.best(style, false));
    best.series.push_back(curve.best(style, true));
    for (Series& bound : curve.bounds(style)) best.series.push_back(std::move(bound));
  };
  add_arm(result.baseline, {"random search", "#e0a070", kRed});
  add_arm(result.search, {to_text(settings.study.strategy), "#7fb2d8", kBlue});
  if (rewards.series.empty()) return "";
  rewards.series.insert(rewards.series.end(), lines.begin(), lines.end());
  std::vector<Panel> panels = {std::move(rewards)};
  if (result.cost.core_seconds > 0) panels.push_back(std::move(best));
  Panel ranking{.title = "Short against longer training",
                .x_label = "short: " + measure,
                .y_label = "longer: " + measure,
                .series = {sampled(result, percent ? 100 : 1)}};
  if (!ranking.series[0].points.empty()) panels.push_back(std::move(ranking));
  return draw_chart("The search and its random arm", panels);
}

}  // namespace nasnet::report
