#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "cli/preparation_flags.h"
#include "cli/unfinished.h"
#include "cli/verb.h"
#include "nasnet/train/predict.h"

namespace nasnet::cli {
namespace {

struct Predict {
  std::string model;
  std::vector<std::string> images;
  int top = 3;
  bool skip_unreadable = false;
  int image_size = 0;
  PreparationFlags preparation;
  std::string kernels = "fused";
  std::string precision = "float32";
};

template <class Visitor>
void visit_settings(Visitor& v, Predict& s) {
  v("top", s.top, "guesses shown for each image", Range{1, 1000});
  v("skip_unreadable", s.skip_unreadable, "leave out files that cannot be read");
  v("image_size", s.image_size, "edge that pictures are resized to; 0 for the model's own",
    Range{0, 1024});
  visit_settings(v, s.preparation);
  v("kernels", s.kernels, "what computes on the CPU", Range{.one_of = network::kernel_names()});
  v("precision", s.precision, "of convolutions and linear layers; bf16 needs a GPU or AVX512-BF16",
    Range{.one_of = {"float32", "bf16"}});
}

void run(const Predict& predict, const Common& common) {
  const c10::Device device = network::parse_device(common.device);
  const network::Precision precision = network::parse_precision(predict.precision, device);
  train::ModelInfo info = train::load_model_info(predict.model);
  info.training.kernels = predict.kernels;
  info.preparation = predict.preparation.over(info.preparation);
  network::Network network =
      train::load_network(predict.model, info, device, image_size(info, predict.image_size));
  info.stack.input = network.graph().settings.input;
  network.set_precision(precision);
  say_unfinished(info, predict.model);
  std::vector<data::Unreadable> unreadable;
  const std::vector<train::Prediction> predictions =
      train::predict(network, info, train::find_images(predict.images), predict.top,
                     predict.skip_unreadable ? &unreadable : nullptr);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const train::Prediction& prediction : predictions) {
    nlohmann::ordered_json guesses = nlohmann::ordered_json::array();
    std::string line = prediction.file + ":";
    for (const train::Guess& guess : prediction.guesses) {
      line += fmt::format(" {} {:.1f} %", guess.label, 100 * guess.probability);
      guesses.push_back({{"class", guess.label}, {"probability", guess.probability}});
    }
    list.push_back({{"file", prediction.file}, {"guesses", guesses}});
    if (!info.finished) add_state(list.back(), info);
    if (!common.json) fmt::print("{}\n", line);
  }
  if (common.json)
    fmt::print("{}\n", list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  for (const data::Unreadable& file : unreadable)
    fmt::print(stderr, "nasnet: skipped: {}\n", file.why);
}

}  // namespace

void add_predict(CLI::App& program) {
  CLI::App* app = program.add_subcommand("predict", "Classify image files with a trained model");
  const auto predict = std::make_shared<Predict>();
  const auto options = std::make_shared<Options>(*app);
  options->add(*predict);
  app->add_option("model", predict->model, "folder of the model")->required();
  app->add_option("images", predict->images,
                  "image files (JPEG, PNG, WebP, ...), or folders of them")
      ->required();
  app->callback([=] {
    options->settle();
    run(*predict, options->common());
  });
}

}  // namespace nasnet::cli
