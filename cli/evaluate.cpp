#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/data_options.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/data/known.h"
#include "nasnet/search/statistics.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {
namespace {

struct Evaluate {
  std::string model;
  std::string precision = "float32";
  DataSettings data;
  std::string kernels = "fused";
};

template <class Visitor>
void visit_settings(Visitor& v, Evaluate& s) {
  visit_settings(v, s.data);
  v("kernels", s.kernels, "what computes on the CPU", Range{.one_of = network::kernel_names()});
  v("precision", s.precision, "of convolutions and linear layers; bf16 needs a GPU or AVX512-BF16",
    Range{.one_of = {"float32", "bf16"}});
}

/// The data set as the model takes it. Without --data it is the one that the model was trained on.
data::DataSet matching_data(Evaluate& evaluate, const train::ModelInfo& info) {
  DataSettings& settings = evaluate.data;
  if (settings.data.empty()) {
    settings.data = info.data_source;
    if (settings.data.empty())
      throw InputError("--data is missing: an imported model has none; name a data set");
    if (!data::is_known(settings.data) && !std::filesystem::exists(settings.data))
      throw InputError(fmt::format(
          "the model was trained on {}, which is not here; say with --data where its data set is",
          settings.data));
  }
  if (settings.image_size == 0 && info.stack.input.height == info.stack.input.width)
    settings.image_size = info.stack.input.height;
  settings.preparation.central_crop = info.central_crop;
  data::DataSet data = load_data(settings);
  if (data.classes != info.classes)
    throw InputError(fmt::format(
        "the model knows {} classes ({}, ...), the data set {} has {} "
        "({}, ...); they must be the same",
        info.classes.size(), info.classes[0], data.name, data.classes.size(), data.classes[0]));
  if (data.test.channels != info.stack.input.channels)
    throw InputError(fmt::format("the model takes images of {} channels, those of {} have {}",
                                 info.stack.input.channels, data.name, data.test.channels));
  return data;
}

void run(Evaluate& evaluate, const Common& common) {
  const c10::Device device = network::parse_device(common.device);
  const network::Precision precision = network::parse_precision(evaluate.precision, device);
  train::ModelInfo info = train::load_model_info(evaluate.model);
  info.training.kernels = evaluate.kernels;
  network::Network network = train::load_network(evaluate.model, info, device);
  network.set_precision(precision);
  const data::DataSet data = matching_data(evaluate, info);
  const train::Accuracy accuracy =
      train::evaluate(network, data.test, {}, info.normalization, "testing");
  const search::Interval interval = search::wilson_interval(accuracy.correct, accuracy.images);
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  const size_t wide = class_width(info.classes);
  if (!common.json)
    fmt::print(
        "test accuracy {:.2f} % (95 % interval {:.2f} to {:.2f} %), loss {:.4f}, {} "
        "images of {}\n\n{:<{}} {:>9} {:>9}\n",
        100 * accuracy.share(), 100 * interval.low, 100 * interval.high, accuracy.loss,
        accuracy.images, data.name, "class", wide, "images", "correct");
  for (size_t k = 0; k < info.classes.size(); ++k) {
    const auto row =
        accuracy.confusion.begin() + static_cast<std::ptrdiff_t>(k * info.classes.size());
    int64_t images = 0;
    for (size_t j = 0; j < info.classes.size(); ++j) images += row[static_cast<std::ptrdiff_t>(j)];
    const int64_t correct = row[static_cast<std::ptrdiff_t>(k)];
    classes.push_back({{"name", info.classes[k]}, {"images", images}, {"correct", correct}});
    if (!common.json)
      fmt::print(
          "{:<{}} {:>9} {:>8.1f}%\n", info.classes[k], wide, images,
          100.0 * static_cast<double>(correct) / static_cast<double>(std::max<int64_t>(images, 1)));
  }
  if (common.json) {
    const nlohmann::ordered_json result = {{"model", evaluate.model},
                                           {"data", data.name},
                                           {"accuracy", accuracy.share()},
                                           {"interval", {interval.low, interval.high}},
                                           {"loss", accuracy.loss},
                                           {"images", accuracy.images},
                                           {"classes", classes}};
    fmt::print("{}\n", result.dump());
  }
}

}  // namespace

void add_evaluate(CLI::App& program) {
  CLI::App* app = program.add_subcommand("evaluate", "Measure a model on a data set's test images");
  const auto evaluate = std::make_shared<Evaluate>();
  const auto options = std::make_shared<Options>(*app);
  options->add(*evaluate);
  app->add_option("model", evaluate->model, "folder of the model")->required();
  app->callback([=] {
    options->settle();
    run(*evaluate, options->common());
  });
}

}  // namespace nasnet::cli
