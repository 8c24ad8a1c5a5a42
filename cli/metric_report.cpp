#include "cli/metric_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "cli/data_options.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/detect/detector_model.h"
#include "nasnet/report/confusion_chart.h"
#include "nasnet/report/curves_chart.h"

// COCO's numbers as text and JSON, and what charts show of them.

namespace nasnet::cli {
namespace {

using nlohmann::ordered_json;

/// A number of the metric for the table; of -1, where no object counts, a dash.
std::string cell(double value) {
  return value < 0 ? "-" : fmt::format("{:.3f}", value);
}

}  // namespace

MetricReport::MetricReport(const boxes::Truth& truth, std::vector<boxes::Detection> found)
    : truth_(truth),
      objects_(truth.categories.size()),
      crowds_(objects_.size()),
      detections_(objects_.size()),
      confusion_(boxes::confuse(truth, found)) {
  for (const boxes::TruthObject& object : truth.objects)
    ++(object.crowd ? crowds_ : objects_)[static_cast<size_t>(object.category)];
  for (const boxes::Detection& detection : found)
    ++detections_[static_cast<size_t>(detection.category)];
  metric_ = boxes::measure(truth, std::move(found));
}

void MetricReport::print() const {
  const std::array<double, 12> numbers = metric_.numbers().all();
  for (size_t k = 0; k < numbers.size(); ++k)
    fmt::print("{:<6} {:>6}  {}\n", boxes::coco_number_names()[k].key, cell(numbers[k]),
               boxes::coco_number_names()[k].words);
  const int wide = class_width(truth_.names);
  fmt::print("\n{:<{}} {:>9} {:>11} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6}\n", "class", wide,
             "objects", "detections", "AP", "AP50", "AP75", "APs", "APm", "APl", "AR100");
  for (size_t k = 0; k < truth_.names.size(); ++k) {
    const boxes::CocoNumbers row = metric_.of_class(static_cast<int>(k));
    fmt::print("{} {:>9} {:>11} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6}\n",
               class_cell(printable(truth_.names[k]), wide), objects_[k], detections_[k],
               cell(row.ap), cell(row.ap50), cell(row.ap75), cell(row.ap_small),
               cell(row.ap_medium), cell(row.ap_large), cell(row.ar100));
  }
}

ordered_json MetricReport::to_json() const {
  ordered_json classes = ordered_json::array();
  for (size_t k = 0; k < truth_.names.size(); ++k)
    classes.push_back(
        {{"name", printable(truth_.names[k])},
         {"category_id", truth_.categories[k]},
         {"objects", objects_[k]},
         {"crowds", crowds_[k]},
         {"detections", detections_[k]},
         {"numbers", detect::numbers_to_json(metric_.of_class(static_cast<int>(k)))}});
  return {{"numbers", detect::numbers_to_json(metric_.numbers())},
          {"classes", classes},
          {"confusion", confusion_to_json()}};
}

ordered_json MetricReport::confusion_to_json() const {
  const auto id = [&](int index) {
    return index == boxes::kNoClass ? ordered_json(nullptr)
                                    : ordered_json(truth_.categories[static_cast<size_t>(index)]);
  };
  ordered_json pairs = ordered_json::array();
  for (const auto& [pair, count] : confusion_.counts)
    pairs.push_back({{"annotated", id(pair.first)}, {"found", id(pair.second)}, {"count", count}});
  return {{"iou", boxes::kConfusionIou}, {"score", boxes::kConfusionScore}, {"pairs", pairs}};
}

std::vector<std::string> MetricReport::write_charts(const ChartSettings& settings) const {
  if (settings.charts.empty()) return {};
  std::vector<std::string> files;
  const auto write = [&](const char* name, const std::string& svg) {
    const std::filesystem::path file = std::filesystem::path(settings.charts) / name;
    write_file(file, svg);
    files.push_back(printable(file.string()));
  };
  write("curves.svg", report::draw_curves(truth_, metric_));
  write("confusion.svg", report::draw_confusion(truth_, confusion_));
  return files;
}

void say_charts(const std::vector<std::string>& charts) {
  if (!charts.empty()) fmt::print("\ncharts: {}\n", fmt::join(charts, ", "));
}

}  // namespace nasnet::cli
