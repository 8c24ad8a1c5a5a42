#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/data_options.h"
#include "cli/evaluate_detections.h"
#include "cli/evaluate_detector.h"
#include "cli/other_kind.h"
#include "cli/preparation_flags.h"
#include "cli/program.h"
#include "cli/test_images.h"
#include "cli/unfinished.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/model.h"

// `nasnet evaluate`: the accuracy of a classifier on test images that it has not been trained on,
// COCO's numbers of a detector (evaluate_detector.cpp), or, with --annotations and --detections,
// those of any detector's results (evaluate_detections.cpp).

namespace nasnet::cli {
namespace {

struct Evaluate {
  std::string model;
  network::Precision precision = network::Precision::kFloat32;
  DataSettings data;
  // Works with settings of their own: see Options.
  DetectionFiles files;
  DetectorEvaluation detector;
  bool count_trained = false;
  network::Kernels kernels = network::Kernels::kFused;
};

template <class Visitor>
void visit_settings(Visitor& v, Evaluate& s) {
  visit_settings(v, s.data);
  v("count_trained", s.count_trained,
    "measure on images that the model was trained on, too; without it they are left out");
  v.topic("Computation");
  train::visit_computation(v, s.kernels, s.precision);
}

/// Rows of a table and of JSON: each class with its images and how many were recognised.
nlohmann::ordered_json report_classes(const std::vector<std::string>& names,
                                      const train::Accuracy& accuracy, bool json) {
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  const int wide = class_width(names);
  if (!json) fmt::print("{:<{}} {:>9} {:>9}\n", "class", wide, "images", "correct");
  for (size_t k = 0; k < names.size(); ++k) {
    // The matrix lies row by row, a row a true class: its diagonal is what was recognised.
    const auto row = accuracy.confusion.begin() + static_cast<std::ptrdiff_t>(k * names.size());
    const int64_t images =
        std::accumulate(row, row + static_cast<std::ptrdiff_t>(names.size()), int64_t{0});
    const int64_t correct = row[static_cast<std::ptrdiff_t>(k)];
    classes.push_back({{"name", names[k]}, {"images", images}, {"correct", correct}});
    if (json) continue;
    const std::string share = images == 0
                                  ? "-"
                                  : fmt::format("{:.1f}%", 100.0 * static_cast<double>(correct) /
                                                               static_cast<double>(images));
    fmt::print("{} {:>9} {:>9}\n", class_cell(names[k], wide), images, share);
  }
  return classes;
}

void evaluate_classifier(Evaluate& evaluate, const Common& common) {
  const network::Computation computation = network::choose_computation(
      network::choose_device(common.device), evaluate.kernels, evaluate.precision, common.threads);
  train::ModelInfo info = train::load_model_info(evaluate.model);
  const auto network = train::load_network(evaluate.model, info, computation,
                                           image_size(info, evaluate.data.image_size));
  // --image-size may have made the network for another size: test images must have that one.
  info.stack.input = network->graph().settings.input;
  say_unfinished(info, evaluate.model);
  const TestImages test =
      load_test_images(evaluate.model, info, evaluate.data, evaluate.count_trained);
  const train::Accuracy accuracy =
      train::evaluate(*network, test.data.test, test.measured, info.normalization, "testing");
  const bool measured = accuracy.images > 0;
  // Wilson's interval also holds near 0 and 1, and for few images.
  const search::Interval interval = search::wilson_interval(accuracy.correct, accuracy.images);
  if (!common.json && measured)
    fmt::print(
        "test accuracy {:.2f} % (95 % interval {:.2f} to {:.2f} %), loss {:.4f}, {} "
        "images of {}\n\n",
        100 * accuracy.share(), 100 * interval.low, 100 * interval.high, accuracy.loss(),
        accuracy.images, test.data.name);
  if (measured)
    for (const std::string& note : test.notes) warn(note);
  nlohmann::ordered_json classes;
  if (common.json || measured) classes = report_classes(info.classes, accuracy, common.json);
  // Keys are the same whether or not something was measured: null is no number.
  if (common.json) {
    nlohmann::ordered_json result = {{"model", printable(evaluate.model)},
                                     {"data", test.data.name},
                                     {"accuracy", nullptr},
                                     {"interval", nullptr},
                                     {"loss", nullptr},
                                     {"images", accuracy.images},
                                     {"own_test_split", test.data.own_test_split},
                                     {"trained_images", nullptr},
                                     {"trained_counted", evaluate.count_trained},
                                     {"same_data", nullptr},
                                     {"classes", classes}};
    if (measured) {
      result["accuracy"] = accuracy.share();
      result["interval"] = {interval.low, interval.high};
      result["loss"] = accuracy.loss();
    }
    if (test.trained) result["trained_images"] = *test.trained;
    add_state(result, info);
    if (test.same_data) result["same_data"] = *test.same_data;
    add_left_out(result, test.data);
    fmt::print("{}\n", result.dump());
    std::fflush(stdout);
  }
  // Only now, so that JSON and the notes on the data set are printed before the error.
  if (!measured)
    throw InputError(fmt::format("{} has no test image left to measure{}", test.data.name,
                                 test.trained.value_or(0) > 0
                                     ? ": the model was trained on all of them"
                                     : "; choose another data set with --data"));
}

void run(const Options& options, Evaluate& evaluate, const Common& common) {
  if (evaluate.files.given()) {
    if (!evaluate.model.empty())
      throw InputError(fmt::format(
          "--annotations and --detections are measured without a model; leave out '{}', or them",
          printable(evaluate.model)));
    options.take_only(names_of_settings(evaluate.files),
                      "changes nothing of --annotations and --detections; leave it out");
    evaluate_detections(evaluate.files, common.json);
    return;
  }
  if (evaluate.model.empty())
    throw InputError(
        "name a model: nasnet evaluate my-model; or measure the results of any detector with "
        "--annotations and --detections");
  if (train::model_kind(evaluate.model) == train::ModelKind::kDetector) {
    options.take_only(
        names_of_settings(evaluate.detector, {"data", "skip_unreadable", "precision"}),
        for_classifiers(evaluate.model));
    evaluate_detector(evaluate.model, evaluate.detector, evaluate.data, evaluate.precision, common);
    return;
  }
  options.take_only(names_of_settings(evaluate), for_detectors(evaluate.model));
  evaluate_classifier(evaluate, common);
}

}  // namespace

void add_evaluate(Program& program) {
  Options& options = program.add(
      "evaluate", "Measure a model on a data set's test images, or detections against annotations");
  const auto evaluate = std::make_shared<Evaluate>();
  options.optional_argument("model", evaluate->model, "folder of the model");
  options.add(*evaluate);
  options.add(evaluate->files);
  options.add(evaluate->detector);
  options.example("nasnet evaluate my-model", "on the test images of its own data set");
  options.example("nasnet evaluate my-model --data other-images");
  options.example("nasnet evaluate my-detector --results found.json --charts curves",
                  "COCO's numbers, the detections as a file, and pictures of both");
  options.example("nasnet evaluate --annotations truth.json --detections found.json",
                  "COCO's numbers of any detector's results");
  options.run([evaluate, &options](const Common& common) { run(options, *evaluate, common); });
}

}  // namespace nasnet::cli
