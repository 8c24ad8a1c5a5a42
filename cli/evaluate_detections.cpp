#include "cli/evaluate_detections.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/metric_report.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/boxes/coco_metric.h"

// COCO's twelve numbers of a file of detections against a file of annotations, without a model or
// pictures: for the results of any detector.

namespace nasnet::cli {
namespace {

using nlohmann::ordered_json;

void print_json(const DetectionFiles& files, const boxes::Truth& truth,
                const boxes::CocoMetric& metric, const ClassCounts& counts,
                const std::vector<std::string>& notes) {
  ordered_json result = {{"annotations", printable(files.annotations)},
                         {"detections", printable(files.detections)},
                         {"images", truth.images.size()},
                         {"honour_ignore", files.honour_ignore}};
  result.update(metric_to_json(truth, metric, counts));
  result["notes"] = notes;
  fmt::print("{}\n", result.dump());
}

}  // namespace

void evaluate_detections(const DetectionFiles& files, const ChartSettings& charts, bool json) {
  if (files.annotations.empty())
    throw InputError("--annotations is missing: the file that --detections is measured against");
  if (files.detections.empty())
    throw InputError("--detections is missing: the results that --annotations is to measure");
  const boxes::Truth truth =
      boxes::read_truth(files.annotations, {.honour_ignore = files.honour_ignore});
  boxes::Detections detections = boxes::read_detections(files.detections, truth);
  std::vector<std::string> notes = truth.notes;
  notes.insert(notes.end(), detections.notes.begin(), detections.notes.end());
  const ClassCounts counts = count_objects(truth, detections.found);
  const boxes::CocoMetric metric = boxes::measure(truth, detections.found);
  write_charts(charts, truth, metric, detections.found);
  if (json) {
    print_json(files, truth, metric, counts, notes);
  } else {
    for (const std::string& note : notes) warn(note);
    print_metric(truth, metric, counts);
  }
  std::fflush(stdout);
}

}  // namespace nasnet::cli
