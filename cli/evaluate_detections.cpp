#include "cli/evaluate_detections.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/boxes/coco_metric.h"

// COCO's twelve numbers of a file of detections against a file of annotations, without a model or
// pictures: for the results of any detector.

namespace nasnet::cli {
void evaluate_detections(const DetectionFiles& files, bool json) {
  if (files.annotations.empty())
    throw InputError("--annotations is missing: the file that --detections is measured against");
  if (files.detections.empty())
    throw InputError("--detections is missing: the results that --annotations is to measure");
  const boxes::Truth truth =
      boxes::read_truth(files.annotations, {.honour_ignore = files.honour_ignore});
  boxes::Detections detections = boxes::read_detections(files.detections, truth);
  std::vector<std::string> notes = truth.notes;
  notes.insert(notes.end(), detections.notes.begin(), detections.notes.end());
  const MetricReport report(truth, std::move(detections.found));
  const std::vector<std::string> charts = report.write_charts(files.charts);
  if (json) {
    nlohmann::ordered_json result = {{"annotations", printable(files.annotations)},
                                     {"detections", printable(files.detections)},
                                     {"images", truth.images.size()},
                                     {"honour_ignore", files.honour_ignore}};
    result.update(report.to_json());
    result.update({{"charts", charts}, {"notes", notes}});
    fmt::print("{}\n", result.dump());
  } else {
    for (const std::string& note : notes) warn(note);
    report.print();
    say_charts(charts);
  }
  std::fflush(stdout);
}

}  // namespace nasnet::cli
