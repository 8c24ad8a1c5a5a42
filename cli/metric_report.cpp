#include "cli/metric_report.h"

#include <fmt/format.h>

#include "cli/data_options.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/detect/detector_model.h"
#include "nasnet/report/detection_charts.h"

// COCO's numbers as text and JSON, the same for detections from a file and from a model.

namespace nasnet::cli {
namespace {

using nlohmann::ordered_json;

/// A number of the metric for the table; of -1, where no object counts, a dash.
std::string cell(double value) {
  return value < 0 ? "-" : fmt::format("{:.3f}", value);
}

}  // namespace

ClassCounts count_objects(const boxes::Truth& truth, const std::vector<boxes::Detection>& found) {
  const size_t classes = truth.categories.size();
  ClassCounts counts{std::vector<int64_t>(classes), std::vector<int64_t>(classes),
                     std::vector<int64_t>(classes)};
  for (const boxes::TruthObject& object : truth.objects)
    ++(object.crowd ? counts.crowds : counts.objects)[static_cast<size_t>(object.category)];
  for (const boxes::Detection& detection : found)
    ++counts.detections[static_cast<size_t>(detection.category)];
  return counts;
}

void print_metric(const boxes::Truth& truth, const boxes::CocoMetric& metric,
                  const ClassCounts& counts) {
  const std::array<double, 12> numbers = metric.numbers().all();
  for (size_t k = 0; k < numbers.size(); ++k)
    fmt::print("{:<6} {:>6}  {}\n", boxes::coco_number_names()[k].key, cell(numbers[k]),
               boxes::coco_number_names()[k].words);
  const int wide = class_width(truth.names);
  fmt::print("\n{:<{}} {:>9} {:>11} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6}\n", "class", wide,
             "objects", "detections", "AP", "AP50", "AP75", "APs", "APm", "APl", "AR100");
  for (size_t k = 0; k < truth.names.size(); ++k) {
    const boxes::CocoNumbers row = metric.of_class(static_cast<int>(k));
    fmt::print("{} {:>9} {:>11} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6}\n",
               class_cell(printable(truth.names[k]), wide), counts.objects[k], counts.detections[k],
               cell(row.ap), cell(row.ap50), cell(row.ap75), cell(row.ap_small),
               cell(row.ap_medium), cell(row.ap_large), cell(row.ar100));
  }
}

ordered_json metric_to_json(const boxes::Truth& truth, const boxes::CocoMetric& metric,
                            const ClassCounts& counts) {
  ordered_json classes = ordered_json::array();
  for (size_t k = 0; k < truth.names.size(); ++k)
    classes.push_back({{"name", printable(truth.names[k])},
                       {"category_id", truth.categories[k]},
                       {"objects", counts.objects[k]},
                       {"crowds", counts.crowds[k]},
                       {"detections", counts.detections[k]},
                       {"numbers", detect::numbers_to_json(metric.of_class(static_cast<int>(k)))}});
  return {{"numbers", detect::numbers_to_json(metric.numbers())}, {"classes", classes}};
}

void write_charts(const ChartSettings& settings, const boxes::Truth& truth,
                  const boxes::CocoMetric& metric, const std::vector<boxes::Detection>& found) {
  if (settings.charts.empty()) return;
  const std::filesystem::path folder = settings.charts;
  write_file(folder / "curves.svg", report::draw_curves(truth, metric));
  write_file(folder / "confusion.svg", report::draw_confusion(truth, boxes::confuse(truth, found)));
}

}  // namespace nasnet::cli
