#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {
namespace {

/// Two images: the batch is free in the file, so more than one is tried.
constexpr int64_t kImages = 2;
/// Largest difference that an export may have, as a share of the largest logit (at least 1).
constexpr double kTolerance = 1e-4;

struct Export {
  std::string model;
  std::string onnx;
  int opset = 17;
  bool fold = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Export& s) {
  v("onnx", s.onnx, "the file to write; default: MODEL/model.onnx");
  v("opset", s.opset, "version of ONNX's operators",
    Range{exchange::kOldestOpset, exchange::kNewestOpset});
  v("fold", s.fold, "multiply batch normalisation into the convolutions");
}

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(c10::kCPU, c10::kFloat).contiguous();
  const float* first = plain.data_ptr<float>();
  return {first, first + plain.numel()};
}

std::string join(const std::vector<double>& numbers) {
  return fmt::format("{}", fmt::join(numbers, ","));
}

/// What a program needs to feed the network and to read its answers.
std::map<std::string, std::string> metadata(const train::ModelInfo& info) {
  nlohmann::json classes = info.classes;
  return {{"genotype", info.genotype.name},
          {"mean", join(info.normalization.mean)},
          {"deviation", join(info.normalization.deviation)},
          {"central_crop", fmt::format("{}", info.central_crop)},
          {"classes", classes.dump(-1, ' ', true)}};
}

/// Largest difference between the logits of the network and those of the file's own graph, and the
/// largest logit.
struct Agreement {
  double difference = 0, largest = 0;
  double share() const { return difference / std::max(1.0, largest); }
};

Agreement compare(network::Network& network, const exchange::OnnxModel& model) {
  const c10::InferenceMode no_gradients;
  const graph::Shape& shape = network.graph().settings.input;
  std::vector<float> images(static_cast<size_t>(kImages * shape.elements()));
  Random random(1, 0, "images of an export's check");
  for (float& value : images) value = static_cast<float>(random.normal());
  const at::Tensor batch = at::from_blob(
      images.data(), {kImages, shape.channels, shape.height, shape.width}, c10::kFloat);
  const std::vector<float> expected = values_of(network.forward(batch).logits);
  const std::vector<float> found = exchange::evaluate_onnx(model, images, kImages);
  Agreement agreement;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(static_cast<double>(expected[i]) - found.at(i));
    // A comparison with what is not a number is false: that is no agreement.
    if (!(difference <= agreement.difference)) agreement.difference = difference;
    agreement.largest = std::max(agreement.largest, std::abs(static_cast<double>(expected[i])));
  }
  return agreement;
}

void run(const Export& request, const Common& common) {
  const train::ModelInfo info = train::load_model_info(request.model);
  network::Network network = train::load_network(request.model, info, c10::kCPU);
  const std::filesystem::path file = request.onnx.empty()
                                         ? request.model / std::filesystem::path("model.onnx")
                                         : std::filesystem::path(request.onnx);

  exchange::OnnxModel model = exchange::to_onnx(
      network.graph(), [&](size_t parameter) { return values_of(network.tensors()[parameter]); },
      {request.opset, request.fold});
  model.metadata = metadata(info);
  const std::string bytes = exchange::write_onnx(model);
  // What is checked is what was written, not what was meant.
  model = exchange::read_onnx(bytes, file.string());
  const Agreement agreement = compare(network, model);
  if (!(agreement.share() <= kTolerance))
    throw Error(fmt::format(
        "{} was not written: its graph gives other logits than the network (difference {:.3g} with "
        "logits up to {:.3g}, {:.0e} of it is allowed); please report this with the model",
        file.string(), agreement.difference, agreement.largest, kTolerance));
  write_file(file, bytes);
  train::record_export(request.model, {file.string(), request.opset, request.fold,
                                       agreement.difference, digest(bytes, "sha256")});

  if (common.json) {
    const nlohmann::ordered_json result = {{"file", file.string()},
                                           {"opset", request.opset},
                                           {"folded", request.fold},
                                           {"bytes", bytes.size()},
                                           {"nodes", model.nodes.size()},
                                           {"difference", agreement.difference},
                                           {"largest_logit", agreement.largest}};
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}: opset {}, {} nodes, {:.1f} MB\n", file.string(), request.opset,
             model.nodes.size(), static_cast<double>(bytes.size()) / 1e6);
  fmt::print(
      "logits agree with the network within {:.1e} (largest logit {:.3g}) on {} random images\n",
      agreement.difference, agreement.largest, kImages);
}

}  // namespace

void add_export(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "export", "Write a model as ONNX, checked against the network before it is kept");
  const auto request = std::make_shared<Export>();
  const auto options = std::make_shared<Options>(*app);
  options->add(*request);
  app->add_option("model", request->model, "folder of the model")->required();
  app->callback([=] {
    options->settle();
    run(*request, options->common());
  });
}

}  // namespace nasnet::cli
