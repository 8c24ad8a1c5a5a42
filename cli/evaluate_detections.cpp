#include "cli/evaluate_detections.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/data_options.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/boxes/coco_metric.h"

// COCO's twelve numbers of a file of detections against a file of annotations, without a model or
// pictures: for the results of any detector.

namespace nasnet::cli {
namespace {

using nlohmann::ordered_json;

/// A number of the metric; of -1, where no object counts, nothing.
ordered_json number(double value) {
  return value < 0 ? ordered_json(nullptr) : ordered_json(value);
}
/// The same for the table.
std::string cell(double value) {
  return value < 0 ? "-" : fmt::format("{:.3f}", value);
}

ordered_json numbers_json(const boxes::CocoNumbers& numbers) {
  ordered_json object = ordered_json::object();
  for (size_t k = 0; k < numbers.all().size(); ++k)
    object[boxes::coco_number_names()[k].key] = number(numbers.all()[k]);
  return object;
}

/// Objects and detections of each class.
struct ClassCounts {
  std::vector<int64_t> objects, crowds, detections;
};

ClassCounts count(const boxes::Truth& truth, const std::vector<boxes::Detection>& found) {
  const size_t classes = truth.categories.size();
  ClassCounts counts{std::vector<int64_t>(classes), std::vector<int64_t>(classes),
                     std::vector<int64_t>(classes)};
  for (const boxes::TruthObject& object : truth.objects)
    ++(object.crowd ? counts.crowds : counts.objects)[static_cast<size_t>(object.category)];
  for (const boxes::Detection& detection : found)
    ++counts.detections[static_cast<size_t>(detection.category)];
  return counts;
}

void print_text(const boxes::Truth& truth, const boxes::CocoMetric& metric,
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

void print_json(const DetectionFiles& files, const boxes::Truth& truth,
                const boxes::CocoMetric& metric, const ClassCounts& counts,
                const std::vector<std::string>& notes) {
  ordered_json classes = ordered_json::array();
  for (size_t k = 0; k < truth.names.size(); ++k)
    classes.push_back({{"name", printable(truth.names[k])},
                       {"category_id", truth.categories[k]},
                       {"objects", counts.objects[k]},
                       {"crowds", counts.crowds[k]},
                       {"detections", counts.detections[k]},
                       {"numbers", numbers_json(metric.of_class(static_cast<int>(k)))}});
  const ordered_json result = {{"annotations", printable(files.annotations)},
                               {"detections", printable(files.detections)},
                               {"images", truth.images.size()},
                               {"honour_ignore", files.honour_ignore},
                               {"numbers", numbers_json(metric.numbers())},
                               {"classes", classes},
                               {"notes", notes}};
  fmt::print("{}\n", result.dump());
}

}  // namespace

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
  const ClassCounts counts = count(truth, detections.found);
  const boxes::CocoMetric metric = boxes::measure(truth, std::move(detections.found));
  if (json) {
    print_json(files, truth, metric, counts, notes);
  } else {
    for (const std::string& note : notes) warn(note);
    print_text(truth, metric, counts);
  }
  std::fflush(stdout);
}

}  // namespace nasnet::cli
