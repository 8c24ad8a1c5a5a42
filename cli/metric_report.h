#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/boxes/coco_metric.h"
#include "nasnet/boxes/confusion.h"

namespace nasnet::cli {

/// Charts of a measurement, on request.
struct ChartSettings {
  std::string charts;
};

template <class Visitor>
void visit_settings(Visitor& v, ChartSettings& s) {
  v("charts", s.charts,
    "write pictures into this folder: curves.svg, of precision and recall, and confusion.svg, "
    "which classes are taken for which")
      .as("FOLDER");
}

/// Detections measured against annotations, the same whether a file or a model gave them.
class MetricReport {
 public:
  MetricReport(const boxes::Truth& truth, std::vector<boxes::Detection> found);

  /// The twelve numbers in words, and a table of each class's.
  void print() const;
  /// {"numbers": {...}, "classes": [...], "confusion": {...}}; null for numbers where no object
  /// counts, and for the class of background and of what was missed.
  nlohmann::ordered_json to_json() const;
  /// Writes the charts that are asked for. Returns their paths. Throws SystemError.
  std::vector<std::string> write_charts(const ChartSettings& settings) const;

 private:
  nlohmann::ordered_json confusion_to_json() const;

  const boxes::Truth& truth_;
  std::vector<int64_t> objects_, crowds_, detections_;  // by class
  boxes::Confusion confusion_;
  boxes::CocoMetric metric_;
};

/// A line that names the files, where there are any.
void say_charts(const std::vector<std::string>& charts);

}  // namespace nasnet::cli
