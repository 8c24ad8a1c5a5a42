#pragma once

#include <string>

#include "cli/metric_report.h"
#include "nasnet/base/settings.h"

namespace nasnet::cli {

/// Results of any detector, measured against annotations without a model.
struct DetectionFiles {
  std::string annotations, detections;
  ChartSettings charts;
  bool honour_ignore = false;

  bool given() const { return !annotations.empty() || !detections.empty(); }
};

template <class Visitor>
void visit_settings(Visitor& v, DetectionFiles& s) {
  v.topic("Results of any detector");
  v("annotations", s.annotations, "measure --detections against this file of COCO's form")
      .as("FILE");
  v("detections", s.detections, "a list of image_id, category_id, bbox and score, as COCO has it")
      .as("FILE");
  visit_settings(v, s.charts);
  v("honour_ignore", s.honour_ignore,
    "leave objects flagged \"ignore\" out of account; the official code overlooks the flag");
}

/// Prints COCO's twelve numbers and those of each class, and draws what --charts asks for. Throws
/// InputError where one of the two files is not given, and as boxes::read_truth() and
/// read_detections() do.
void evaluate_detections(const DetectionFiles& files, bool json);

}  // namespace nasnet::cli
