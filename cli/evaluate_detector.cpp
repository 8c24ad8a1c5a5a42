#include "cli/evaluate_detector.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/boxes_data.h"
#include "cli/unfinished.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/boxes/find_detection_set.h"
#include "nasnet/boxes/training_splits.h"
#include "nasnet/boxes/write_coco.h"
#include "nasnet/detect/detector_model.h"
#include "nasnet/detect/evaluate_detector.h"

// `nasnet evaluate` of a detector: COCO's numbers on a set of boxes.

namespace nasnet::cli {
namespace {

/// Without --data the set that the detector was trained on.
boxes::DetectionSet load_set(const detect::DetectorInfo& info, const DetectorEvaluation& evaluation,
                             const DataSettings& data) {
  const std::string where = data.data.empty() ? info.data_source : data.data;
  auto set = boxes::find_detection_set(
      where, {.boxes = evaluation.boxes, .skip_unreadable = data.skip_unreadable});
  if (!set)
    throw InputError(fmt::format("{} is no set of boxes, which a detector is measured on{}",
                                 printable(where),
                                 data.data.empty() ? "; name one with --data" : ""));
  return std::move(*set);
}

boxes::DetectionSplit choose_split(const boxes::DetectionSet& set, const std::string& name,
                                   bool own_data) {
  if (!name.empty()) {
    std::vector<std::string> names;
    for (const boxes::DetectionSplit& split : set.splits) {
      if (split.name == name) return split;
      names.push_back(split.name);
    }
    throw InputError(
        fmt::format("{} has no split '{}'{}", set.source, name, suggestion(name, names)));
  }
  // Another set without splits has not been trained on: all of it is measured.
  if (!own_data && set.splits.size() == 1) return set.splits[0];
  return boxes::training_splits(set).test;
}

}  // namespace

void evaluate_detector(const std::string& model, const DetectorEvaluation& evaluation,
                       const DataSettings& data, network::Precision precision,
                       const Common& common) {
  demand_processor(common.device);
  const detect::DetectorInfo info = detect::load_detector_info(model);
  say_unfinished(info, model);
  const boxes::DetectionSet set = load_set(info, evaluation, data);
  const std::vector<int> categories = detect::categories_in(set, info.categories);
  say_problems(set, data.skip_unreadable);
  const bool own_data = data.data.empty() || data.data == info.data_source;
  const boxes::DetectionSplit split = choose_split(set, evaluation.split, own_data);
  const auto detector = detect::load_detector(model, info, detect::kMeasuredScore,
                                              {.precision = precision, .threads = common.threads});

  const boxes::Truth truth = detect::truth_of(set, split);
  std::vector<boxes::Detection> found = detect::detect_split(
      *detector, split, resize_of(info.design), info.normalization, categories);
  if (!evaluation.results.empty()) {
    std::vector<boxes::Result> results;
    for (const boxes::Detection& one : found)
      results.push_back({truth.images[static_cast<size_t>(one.image)],
                         truth.categories[static_cast<size_t>(one.category)], one.box, one.score});
    boxes::write_results(results, evaluation.results);
  }
  const MetricReport report(truth, std::move(found));
  const std::vector<std::string> charts = report.write_charts(evaluation.charts);
  if (common.json) {
    nlohmann::ordered_json result = {{"model", printable(model)},
                                     {"data", set.name},
                                     {"split", printable(split.name)},
                                     {"images", split.images.size()}};
    result.update(report.to_json());
    result["charts"] = charts;
    add_state(result, info);
    fmt::print("{}\n", result.dump());
  } else {
    fmt::print("{} images of {} ({})\n\n", split.images.size(), set.name, printable(split.name));
    report.print();
    say_charts(charts);
  }
  std::fflush(stdout);
}

}  // namespace nasnet::cli
