// An export is checked before it is kept: the written bytes are read again and run by an evaluator
// that shares no code with the kernels.

#include "nasnet/train/export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nasnet/version.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"

namespace nasnet::train {
namespace {

/// Largest difference that an export may have, as a share of the largest logit (at least 1).
constexpr double kTolerance = 1e-4;
/// Edge of the other images that a file for all sizes is tried on.
constexpr int kOtherSize = 48;

std::string join(const std::vector<double>& numbers) {
  return fmt::format("{}", fmt::join(numbers, ","));
}

/// The facts that a program needs to feed the network and to read its answers.
std::map<std::string, std::string> metadata(const ModelInfo& info) {
  nlohmann::json classes = info.classes;
  return {{"genotype", info.genotype.name},
          {"mean", join(info.normalization.mean)},
          {"deviation", join(info.normalization.deviation)},
          {"image_size", fmt::format("{}x{}", info.stack.input.height, info.stack.input.width)},
          {"resize", to_text(info.preparation.resize)},
          {"interpolation", to_text(info.preparation.interpolation)},
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
  std::vector<float> images(kExportImages * shape.elements());
  Random random(1, 0, "images of an export's check");
  for (float& value : images) value = static_cast<float>(random.normal());
  Tensor batch({kExportImages, shape.channels, shape.height, shape.width});
  batch.set_row_major(images);
  const std::vector<float> expected = network.infer(batch).row_major();
  const std::vector<float> found = exchange::evaluate_onnx(model, images, kExportImages, shape);
  Agreement agreement;
  if (!all_finite(expected))
    throw NotANumber(fmt::format(
        "the answers of {} are not numbers: its weights or running statistics are broken", where));
  if (!all_finite(found)) return {std::nan(""), std::nan("")};
  NASNET_CHECK(found.size() == expected.size(), "both answer each image with all classes");
  for (size_t i = 0; i < expected.size(); ++i) {
    const double logit = expected[i];
    agreement.difference = std::max(agreement.difference, std::abs(logit - found[i]));
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
int smallest_size(const ModelInfo& info) {
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

}  // namespace

Exported export_model(const std::filesystem::path& folder, const ModelInfo& info,
                      const std::filesystem::path& file, const exchange::OnnxOptions& options,
                      int threads) {
  const network::Computation computation{.threads = threads};
  const auto network = load_network(folder, info, computation);
  exchange::OnnxModel model = exchange::to_onnx(
      network->graph(), [&](size_t parameter) { return network->tensors()[parameter].row_major(); },
      options);
  model.producer_version = NASNET_VERSION;
  model.metadata = metadata(info);
  const int smallest = options.fixed_size ? info.stack.input.height : smallest_size(info);
  if (!options.fixed_size) model.metadata["smallest_size"] = std::to_string(smallest);
  const std::string bytes = exchange::write_onnx(model);
  // The bytes that were written are checked, not what was meant.
  model = exchange::read_onnx(bytes, file.string());
  const Agreement agreement = compare(*network, model, folder.string());
  demand_agreement(agreement, file.string(), info.stack.input);
  if (!options.fixed_size) {
    // Padding depends on whether an edge is odd: one edge of each kind, of a small image.
    const int edge = std::max(smallest, std::min(info.stack.input.height, kOtherSize));
    const auto resized = load_network(folder, info, computation, {edge, edge + 1});
    demand_agreement(compare(*resized, model, folder.string()), file.string(),
                     resized->graph().settings.input);
  }
  write_file(file, bytes);
  record_export(folder, {printable(file.string()), options.opset, options.fold_batch_norm,
                         agreement.difference, digest(bytes, "sha256")});
  return {static_cast<int64_t>(bytes.size()), static_cast<int64_t>(model.nodes.size()),
          agreement.difference, agreement.largest, smallest};
}

}  // namespace nasnet::train
