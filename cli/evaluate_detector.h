#pragma once

#include <string>

#include "cli/data_options.h"
#include "cli/metric_report.h"
#include "cli/options.h"
#include "nasnet/boxes/detection_set.h"

namespace nasnet::cli {

/// The settings of `nasnet evaluate` where the model is a detector.
struct DetectorEvaluation {
  std::string split;
  std::string results;
  ChartSettings charts;
  boxes::BoxSettings boxes;
};

template <class Visitor>
void visit_settings(Visitor& v, DetectorEvaluation& s) {
  v.topic("Detectors");
  v("split", s.split,
    "the images of this split of the set, as `nasnet data` shows them; without it the test images "
    "that `nasnet train` measures on")
      .as("NAME");
  v("results", s.results, "write the detections as COCO's results (JSON)").as("FILE");
  visit_settings(v, s.charts);
  visit_settings(v, s.boxes);
}

/// Measures a detector as COCO does, on its own set or another of the same classes, and prints the
/// numbers. Throws InputError for a set of other classes, and as the readers do.
void evaluate_detector(const std::string& model, const DetectorEvaluation& evaluation,
                       const DataSettings& data, network::Precision precision,
                       const Common& common);

}  // namespace nasnet::cli
