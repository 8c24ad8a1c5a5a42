#pragma once

#include <nlohmann/json.hpp>

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

}  // namespace nasnet::cli
