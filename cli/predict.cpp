#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/data_options.h"
#include "cli/other_kind.h"
#include "cli/predict_detector.h"
#include "cli/preparation_flags.h"
#include "cli/program.h"
#include "cli/unfinished.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/find_images.h"
#include "nasnet/train/predict.h"

// `nasnet predict`: classes of pictures, in files, folders and archives, or with a detector the
// objects in them (predict_detector.cpp). Files that cannot be read
// are part of the answer with --skip-unreadable, and end the verb without it.

namespace nasnet::cli {
namespace {

struct Predict {
  std::string model;
  std::vector<std::string> images;
  int top = 3;
  bool skip_unreadable = false;
  int image_size = 0;
  PreparationFlags preparation;
  network::Kernels kernels = network::Kernels::kFused;
  network::Precision precision = network::Precision::kFloat32;
  DetectorPrediction detector;  // settings of their own: see Options
};

template <class Visitor>
void visit_settings(Visitor& v, Predict& s) {
  v("top", s.top, "guesses shown for each image", Range{1, 1000});
  data::visit_skip_unreadable(v, s.skip_unreadable);
  v("image_size", s.image_size, "edge that pictures are resized to; 0 for the model's own",
    Range{0, 1024});
  visit_settings(v, s.preparation);
  train::visit_computation(v, s.kernels, s.precision);
}

/// The pictures that the paths lead to; names on standard error the files that are left out.
data::ImageTree find_pictures(const Predict& predict) {
  data::ImageTree found = data::find_images(predict.images);
  if (!predict.skip_unreadable && !found.unreadable.empty())
    throw InputError(found.unreadable[0].why + "; leave such files out with --skip-unreadable");
  if (found.images.empty() && found.unreadable.empty())
    throw InputError(fmt::format(
        "no images to predict{}: give JPEG, PNG or the like, or folders or archives that hold some",
        found.others.empty() ? "" : fmt::format(" among {}", describe_left_out(found.others))));
  say_left_out(found.others);
  return found;
}

/// Of one picture, for JSON.
nlohmann::ordered_json to_json(const train::Prediction& prediction) {
  nlohmann::ordered_json guesses = nlohmann::ordered_json::array();
  for (const train::Guess& guess : prediction.guesses)
    guesses.push_back({{"class", guess.label}, {"probability", guess.probability}});
  nlohmann::ordered_json object = {{"file", prediction.file}, {"guesses", guesses}};
  if (!prediction.fault.empty()) object["error"] = prediction.fault;
  return object;
}

void print_text(const train::Prediction& prediction) {
  std::string line = prediction.file + ":";
  for (const train::Guess& guess : prediction.guesses)
    line += fmt::format(" {} {:.1f} %", guess.label, 100 * guess.probability);
  fmt::print("{}\n", line);
}

void predict_classes(const Predict& predict, const Common& common) {
  const network::Computation computation = network::choose_computation(
      network::choose_device(common.device), predict.kernels, predict.precision, common.threads);
  train::ModelInfo info = train::load_model_info(predict.model);
  info.preparation = predict.preparation.over(info.preparation);
  const auto network =
      train::load_network(predict.model, info, computation, image_size(info, predict.image_size));
  // Pictures are prepared for the size that the network was made for, --image-size or the model's.
  info.stack.input = network->graph().settings.input;
  say_unfinished(info, predict.model);
  const data::ImageTree found = find_pictures(predict);
  std::vector<train::Prediction> predictions =
      train::predict(*network, info, found.images, predict.top, predict.skip_unreadable);
  for (const data::Unreadable& file : found.unreadable)
    predictions.push_back({file.file, {}, file.why});
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  size_t unreadable = 0;
  for (const train::Prediction& prediction : predictions) {
    list.push_back(to_json(prediction));
    if (!info.finished) add_state(list.back(), info);
    if (!common.json && prediction.fault.empty()) print_text(prediction);
    if (prediction.fault.empty()) continue;
    ++unreadable;
    warn("skipped: " + prediction.fault);
  }
  // A script that looks at the exit status alone must not take this for a success.
  if (unreadable == predictions.size()) throw InputError("none of the images can be read");
  if (common.json)
    fmt::print("{}\n", list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void run(const Options& options, Predict& predict, const Common& common) {
  if (train::model_kind(predict.model) == train::ModelKind::kDetector) {
    options.take_only(names_of_settings(predict.detector, {"skip_unreadable", "precision"}),
                      for_classifiers(predict.model));
    predict_objects(predict.model, predict.detector, find_pictures(predict),
                    predict.skip_unreadable, predict.precision, common);
    return;
  }
  options.take_only(names_of_settings(predict), for_detectors(predict.model));
  predict_classes(predict, common);
}

}  // namespace

void add_predict(Program& program) {
  Options& options = program.add(
      "predict", "Classify image files with a trained model, or find the objects in them");
  const auto predict = std::make_shared<Predict>();
  options.argument("model", predict->model, "folder of the model");
  options.argument("images", predict->images,
                   "image files (JPEG, PNG, WebP, ...), or folders and archives of them");
  options.add(*predict);
  options.add(predict->detector);
  options.example("nasnet predict my-model photos cat.jpg");
  options.example("nasnet predict my-detector photos --draw seen",
                  "boxes, and pictures that show them");
  options.run([predict, &options](const Common& common) { run(options, *predict, common); });
}

}  // namespace nasnet::cli
