#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "cli/unfinished.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/random.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/graph/build.h"
#include "nasnet/train/model.h"
#include "nasnet_version.h"

namespace nasnet::cli {
namespace {

/// Two images: the batch is free in the file, so more than one is tried.
constexpr int64_t kImages = 2;
/// Largest difference that an export may have, as a share of the largest logit (at least 1).
constexpr double kTolerance = 1e-4;
/// Edge of the other images that a file for all sizes is tried on.
constexpr int kOtherSize = 48;

struct Export {
  std::string model;
  std::string onnx;
  int opset = 17;
  bool fold = false;
  bool fixed_size = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Export& s) {
  v("onnx", s.onnx, "the file to write; default: MODEL/model.onnx").as("FILE");
  v("opset", s.opset, "version of ONNX's operators",
    Range{exchange::kOldestOpset, exchange::kNewestOpset});
  v("fold", s.fold, "multiply batch normalisation into the convolutions");
  v("fixed_size", s.fixed_size,
    "take images of the model's own size alone, for programs without SAME_UPPER padding");
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float one) { return std::isfinite(one); });
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
          {"image_size", fmt::format("{}x{}", info.stack.input.height, info.stack.input.width)},
          {"resize", info.preparation.resize},
          {"interpolation", info.preparation.interpolation},
          {"central_crop", fmt::format("{}", info.preparation.central_crop)},
          {"classes", classes.dump(-1, ' ', true)}};
}

/// Largest difference between the logits of the network and those of the file's own graph, and the
/// largest logit: NaN where any logit is not finite.
struct Agreement {
  double difference = 0, largest = 0;
  double share() const { return difference / std::max(1.0, largest); }
};

Agreement compare(network::Network& network, const exchange::OnnxModel& model,
                  const std::string& where) {
  const graph::Shape& shape = network.graph().settings.input;
  std::vector<float> images(static_cast<size_t>(kImages * shape.elements()));
  Random random(1, 0, "images of an export's check");
  for (float& value : images) value = static_cast<float>(random.normal());
  Tensor batch({kImages, shape.channels, shape.height, shape.width});
  batch.set_row_major(images);
  const std::vector<float> expected = network.infer(batch).row_major();
  const std::vector<float> found = exchange::evaluate_onnx(model, images, kImages, shape);
  Agreement agreement;
  if (!all_finite(expected))
    throw NotANumber(
        fmt::format("{} answers with what is not a number: its weights or running statistics are "
                    "broken",
                    where));
  if (!all_finite(found)) return {std::nan(""), std::nan("")};
  for (size_t i = 0; i < expected.size(); ++i) {
    const double logit = expected[i];
    agreement.difference = std::max(agreement.difference, std::abs(logit - found.at(i)));
    agreement.largest = std::max(agreement.largest, std::abs(logit));
  }
  return agreement;
}

void demand_agreement(const Agreement& agreement, const std::string& file,
                      const graph::Shape& image) {
  if (agreement.share() <= kTolerance) return;
  throw Error(fmt::format(
      "{} was not written: its graph gives other logits than the network (difference {:.3g} with "
      "logits up to {:.3g} for images of {}x{}, {:.0e} of it is allowed); please report this with "
      "the model",
      file, agreement.difference, agreement.largest, image.width, image.height, kTolerance));
}

/// The smallest square image that the network is built for with the same operators.
int smallest_size(const train::ModelInfo& info) {
  graph::StackSettings stack = info.stack;
  stack.auxiliary_head = false;  // made for one size, and not exported
  const graph::Graph own = graph::build(info.genotype, stack);
  int smallest = std::min(stack.input.height, stack.input.width);
  try {
    while (smallest > 1) {
      stack.input.height = stack.input.width = smallest - 1;
      if (!exchange::same_but_for_size(graph::build(info.genotype, stack), own)) break;
      --smallest;
    }
  } catch (const InputError&) {
    // Too small for the stack's strides.
  }
  return smallest;
}

void run(const Export& request, const Common& common) {
  const train::ModelInfo info = train::load_model_info(request.model);
  const network::Computation computation{.threads = common.threads};
  const auto network = train::load_network(request.model, info, computation);
  say_unfinished(info, request.model);
  const std::filesystem::path file = request.onnx.empty()
                                         ? request.model / std::filesystem::path("model.onnx")
                                         : std::filesystem::path(request.onnx);

  exchange::OnnxModel model = exchange::to_onnx(
      network->graph(), [&](size_t parameter) { return network->tensors()[parameter].row_major(); },
      {request.opset, request.fold, request.fixed_size});
  model.producer_version = NASNET_VERSION;
  model.metadata = metadata(info);
  const int smallest = request.fixed_size ? info.stack.input.height : smallest_size(info);
  if (!request.fixed_size) model.metadata["smallest_size"] = std::to_string(smallest);
  const std::string bytes = exchange::write_onnx(model);
  // What is checked is what was written, not what was meant.
  model = exchange::read_onnx(bytes, file.string());
  const Agreement agreement = compare(*network, model, request.model);
  demand_agreement(agreement, file.string(), info.stack.input);
  if (!request.fixed_size) {
    // Padding depends on whether an edge is odd: one edge of each kind, of a small image.
    const int edge = std::max(smallest, std::min(info.stack.input.height, kOtherSize));
    const auto resized = train::load_network(request.model, info, computation, {edge, edge + 1});
    demand_agreement(compare(*resized, model, request.model), file.string(),
                     resized->graph().settings.input);
  }
  write_file(file, bytes);
  train::record_export(request.model, {printable(file.string()), request.opset, request.fold,
                                       agreement.difference, digest(bytes, "sha256")});

  if (common.json) {
    nlohmann::ordered_json result = {{"file", printable(file.string())},
                                     {"opset", request.opset},
                                     {"folded", request.fold},
                                     {"bytes", bytes.size()},
                                     {"nodes", model.nodes.size()},
                                     {"difference", agreement.difference},
                                     {"largest_logit", agreement.largest},
                                     {"smallest_size", smallest}};
    add_state(result, info);
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}: opset {}, {} nodes, {:.1f} MB\n", file.string(), request.opset,
             model.nodes.size(), static_cast<double>(bytes.size()) / 1e6);
  fmt::print(
      "logits agree with the network within {:.1e} (largest logit {:.3g}) on {} random images\n",
      agreement.difference, agreement.largest, kImages);
  if (request.fixed_size) {
    fmt::print("takes images of {}x{}\n", info.stack.input.width, info.stack.input.height);
  } else {
    fmt::print("takes images of {0}x{0} and larger, made for {1}x{2}\n", smallest,
               info.stack.input.width, info.stack.input.height);
  }
}

}  // namespace

void add_export(Program& program) {
  Options& options =
      program.add("export", "Write a model as ONNX, checked against the network before it is kept");
  const auto request = std::make_shared<Export>();
  options.argument("model", request->model, "folder of the model");
  options.add(*request);
  options.example("nasnet export my-model --onnx my-model.onnx");
  options.run([request](const Common& common) { run(*request, common); });
}

}  // namespace nasnet::cli
