#include "nasnet/report/curves_chart.h"

#include <fmt/format.h>

#include "nasnet/base/names.h"
#include "nasnet/report/chart.h"
#include "nasnet/report/classes_by_objects.h"
#include "nasnet/report/palette.h"
#include "nasnet/report/svg.h"

// The curves behind AP50 and AP75: the area under each is its class's average precision.

namespace nasnet::report {
namespace {

constexpr int kLongestClass = 32;  // columns of a name in the legend
constexpr size_t kNamedCurves = 10;
constexpr const char* kCurveColours[] = {kBlue, kRed, kGreen, kPurple, kBrown};

/// A threshold that has a panel, and its place in the metric.
struct Threshold {
  const char* title;
  int index;
};
constexpr Threshold kThresholds[] = {{"IoU .50", 0}, {"IoU .75", 5}};

/// Down to the recall that nothing reaches any more.
std::vector<Point> curve_points(const std::vector<double>& precisions) {
  std::vector<Point> points;
  for (size_t k = 0; k < precisions.size(); ++k) {
    points.push_back({static_cast<double>(k) / (boxes::kRecallCount - 1), precisions[k]});
    if (precisions[k] <= 0) break;
  }
  return points;
}

std::vector<double> mean_curve(const boxes::CocoMetric& metric, const std::vector<int>& classes,
                               int threshold) {
  std::vector<double> mean(boxes::kRecallCount);
  for (const int index : classes) {
    const std::vector<double> curve = metric.curve(index, threshold);
    for (size_t k = 0; k < mean.size(); ++k)
      mean[k] += curve[k] / static_cast<double>(classes.size());
  }
  return mean;
}

std::string with_numbers(const std::string& name, const boxes::CocoNumbers& numbers) {
  return fmt::format("{}: AP50 {:.3f}, AP75 {:.3f}", name, numbers.ap50, numbers.ap75);
}

/// How the class of this rank by objects is drawn, without points.
Series class_series(const boxes::Truth& truth, const boxes::CocoMetric& metric, int index,
                    size_t rank, size_t others) {
  if (rank >= kNamedCurves)
    return {.name = fmt::format("{} other class{}", others, others == 1 ? "" : "es"),
            .colour = "#c8c8c8",
            .mark = Mark::kNone,
            .joined = true,
            .width = 1};
  const std::string name =
      shortened(printable(truth.names[static_cast<size_t>(index)]), kLongestClass);
  return {.name = with_numbers(name, metric.of_class(index)),
          .colour = kCurveColours[rank % std::size(kCurveColours)],
          .mark = Mark::kNone,
          .joined = true,
          .dashed = rank >= std::size(kCurveColours)};
}

}  // namespace

std::string draw_curves(const boxes::Truth& truth, const boxes::CocoMetric& metric) {
  std::vector<int> classes = classes_by_objects(truth);
  // Those of which no object counts have no curve.
  std::erase_if(classes, [&](int index) { return metric.of_class(index).ap50 < 0; });
  const size_t others = classes.size() - std::min(classes.size(), kNamedCurves);
  std::vector<Panel> panels;
  for (const Threshold& threshold : kThresholds) {
    Panel panel{
        .title = threshold.title, .x_label = "recall", .y_label = "precision", .shares = true};
    const auto add_class = [&](size_t rank) {
      Series series = class_series(truth, metric, classes[rank], rank, others);
      series.points = curve_points(metric.curve(classes[rank], threshold.index));
      panel.series.push_back(std::move(series));
    };
    // The last drawn lie on top: those with names, and the mean.
    for (size_t rank = kNamedCurves; rank < classes.size(); ++rank) add_class(rank);
    for (size_t rank = 0; rank < classes.size() - others; ++rank) add_class(rank);
    if (!classes.empty())
      panel.series.push_back({.name = with_numbers("mean of the classes", metric.numbers()),
                              .colour = kBlack,
                              .mark = Mark::kNone,
                              .joined = true,
                              .points = curve_points(mean_curve(metric, classes, threshold.index)),
                              .width = 3.5});
    panels.push_back(std::move(panel));
  }
  return draw_chart(classes.empty() ? "Precision and recall: no object counts"
                                    : "Precision and recall of detections",
                    panels);
}

}  // namespace nasnet::report
