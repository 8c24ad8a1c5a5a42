#pragma once

#include <nlohmann/json.hpp>

#include "nasnet/base/settings.h"
#include "nasnet/boxes/coco_metric.h"

namespace nasnet::cli {

/// Objects and detections of each class.
struct ClassCounts {
  std::vector<int64_t> objects, crowds, detections;
};
ClassCounts count_objects(const boxes::Truth& truth, const std::vector<boxes::Detection>& found);

/// The twelve numbers in words, and a table of each class's.
void print_metric(const boxes::Truth& truth, const boxes::CocoMetric& metric,
                  const ClassCounts& counts);

/// {"numbers": {...}, "classes": [...]}; null where no object counts.
nlohmann::ordered_json metric_to_json(const boxes::Truth& truth, const boxes::CocoMetric& metric,
                                      const ClassCounts& counts);

/// Charts of a measurement, on request.
struct ChartSettings {
  std::string charts;
};

template <class Visitor>
void visit_settings(Visitor& v, ChartSettings& s) {
  v("charts", s.charts,
    "write curves of precision and recall, and the confusion of classes, as SVG here")
      .as("FOLDER");
}

/// Writes curves.svg and confusion.svg, where they are asked for. Throws InputError where no class
/// has an object.
void write_charts(const ChartSettings& settings, const boxes::Truth& truth,
                  const boxes::CocoMetric& metric, const std::vector<boxes::Detection>& found);

}  // namespace nasnet::cli
