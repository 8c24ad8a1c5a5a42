// Estimates a training's memory from the graph, and splits batches that would not fit. Nothing is
// allocated to find out.

#include "nasnet/train/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/network/feature_network.h"
#include "nasnet/train/tree_sum.h"

namespace nasnet::train {
namespace {

/// Batches that exist at a time: three made ahead, one being made, one in work (data/batches.cpp).
constexpr int64_t kBatches = 5;

int64_t batch_bytes(const graph::Graph& graph, int64_t images, int64_t batch) {
  if (images == 0) return 0;
  const int64_t image = graph.operators[0].output.elements() * static_cast<int64_t>(sizeof(float));
  const int64_t count = std::min(kBatches, (images + batch - 1) / batch);
  return std::min(count * batch, images) * image + 16 * images;
}

int64_t ceil_divide(int64_t value, int64_t by) {
  NASNET_CHECK(value >= 0 && by > 0);
  return (value + by - 1) / by;
}

/// Of trainings of one network. Plans are made once for each number of cells computed again.
class Estimator {
 public:
  Estimator(const graph::Graph& graph, network::Kernels kernels, const TrainSettings& settings)
      : graph_(graph),
        kernels_(kernels),
        settings_(settings),
        classifier_alone_(network::learns_classifier_alone(graph)) {}

  TrainingMemory of(const TrainingShape& shape) {
    TrainingMemory memory;
    const int64_t learned = network::gradient_bytes(graph_);
    const int64_t parameters = network::parameter_bytes(graph_);
    const int64_t replicas = std::min(shape.replicas, shape.batch);
    const auto places = static_cast<int64_t>(TreeSum::most_places(replicas));
    memory.tensors = parameters + places * network::contribution_bytes(graph_) +
                     (settings_.optimizer == Optimizer::kSgd ? 1 : 2) * learned +
                     (settings_.ema > 0 ? parameters : 0);
    // The best so far, the raw ones while the average is measured, and that one's copy.
    if (shape.keeps_best) memory.tensors += (settings_.ema > 0 ? 3 : 2) * parameters;
    const int64_t part = ceil_divide(shape.batch, replicas);
    const graph::Graph& evaluated = shape.evaluated ? *shape.evaluated : graph_;
    if (shape.evaluated) memory.tensors += parameters;
    const network::PassMemory back = pass(graph_, part, !classifier_alone_, shape.recomputed_cells);
    network::PassMemory measure;
    memory.batches = batch_bytes(graph_, shape.images, shape.batch);
    if (shape.evaluation_images > 0) {
      measure = pass(evaluated, std::min(shape.evaluation_batch, shape.evaluation_images), false);
      memory.batches = std::max(
          memory.batches, batch_bytes(evaluated, shape.evaluation_images, shape.evaluation_batch));
    }
    memory.recomputed = back.recomputed;
    memory.thread = std::max(back.thread, measure.thread);
    // Two networks have memory of their own, one has its weights packed for either pass.
    const auto beside = [&](int64_t one, int64_t other) {
      return shape.evaluated ? one + other : std::max(one, other);
    };
    memory.activations = beside(back.activations, measure.activations);
    memory.kernels = (classifier_alone_ ? beside(back.weights, measure.weights)
                                        : back.weights + measure.weights) +
                     beside(back.scratch, measure.scratch) + beside(back.outputs, measure.outputs);
    if (classifier_alone_)
      memory.activations += std::min(kFeatureBytes, shape.images * feature_bytes());
    return memory;
  }

 private:
  network::PassMemory pass(const graph::Graph& graph, int64_t images, bool training,
                           int recomputed_cells = 0) {
    return passes_
        .try_emplace({&graph, training, recomputed_cells}, graph,
                     network::PassKind{.kernels = kernels_,
                                       .precision = settings_.precision,
                                       .training = training,
                                       .recomputed_cells = recomputed_cells})
        .first->second.of(images);
  }

  /// Of an image, as a table keeps them.
  int64_t feature_bytes() const {
    constexpr int64_t kEntry = 64;
    const graph::Operator& classifier = graph_.operators[graph_.logits];
    return graph_.parameters[classifier.first_parameter].shape[1] * plan::kFloatBytes + kEntry;
  }

  const graph::Graph& graph_;
  const network::Kernels kernels_;
  const TrainSettings& settings_;
  const bool classifier_alone_;
  std::map<std::tuple<const graph::Graph*, bool, int>, network::PassEstimate> passes_;
};

}  // namespace

TrainingMemory estimate_training(const graph::Graph& graph, network::Kernels kernels,
                                 const TrainSettings& settings, const TrainingShape& shape) {
  return Estimator(graph, kernels, settings).of(shape);
}

int64_t evaluation_batch(const network::Network& network, int64_t batch) {
  // Five batches are in memory at a time.
  constexpr int64_t kMost = 250, kMostBytes = 16 << 20;
  const int64_t image =
      network.graph().operators[0].output.elements() * static_cast<int64_t>(sizeof(float));
  const int64_t some = std::clamp<int64_t>(kMostBytes / image, 1, kMost);
  const network::Computation& computation = network.computation();
  const bool by_operators =
      !computation.device.cuda && computation.kernels == network::Kernels::kReference;
  if (by_operators) return std::min(batch, kMost);
  return computation.device.cuda ? kMost : some;
}

int64_t process_bytes(network::Kernels kernels) {
  return kProcessBytes + (kernels == network::Kernels::kReference ? kLibtorchBytes : 0);
}

int64_t process_bytes(const network::Network& network, const data::DataSet& data) {
  const network::Computation& computation = network.computation();
  return computation.device.cuda ? 0 : process_bytes(computation.kernels) + data.bytes();
}

BatchSplit split_batch(const graph::Graph& graph, network::Kernels kernels,
                       const TrainSettings& settings, TrainingShape shape, int64_t process,
                       int threads) {
  NASNET_CHECK(shape.images > 0 && shape.batch > 0, "a training has images");
  const int64_t limit = parse_bytes(settings.memory, "--memory");
  Estimator estimator(graph, kernels, settings);
  BatchSplit split;
  split.process = process;
  split.evaluation_batch = std::max<int64_t>(shape.evaluation_batch, 1);
  const int64_t whole = std::min(shape.replicas, shape.batch);
  int64_t least = std::numeric_limits<int64_t>::max();
  bool with_threads = true;
  const auto fits = [&](int recomputed_cells, int64_t evaluation) {
    shape.replicas = std::min(whole * split.parts, shape.batch);
    shape.recomputed_cells = recomputed_cells;
    shape.evaluation_batch = evaluation;
    split.memory = estimator.of(shape);
    split.recomputed_cells = split.memory.recomputed.cells;
    least = std::min(least, process + split.memory.total());
    split.process = process + (with_threads ? (threads - 1) * split.memory.thread : 0);
    return limit == 0 || split.total() <= limit;
  };
  if (fits(0, split.evaluation_batch)) return split;
  const int cells = split.memory.recomputed.of;
  const int64_t most = ceil_divide(shape.batch, whole);
  with_threads = false;
  while (!fits(0, 1) && !fits(cells, 1)) {
    if (split.parts++ < most) continue;
    throw OutOfMemory(fmt::format(
        "out of memory: --memory is {}, and it takes an estimated {} at least to train, "
        "with every cell computed again and as many parts a batch as help; {} of it is "
        "for the program and its data",
        settings.memory, format_bytes(least), format_bytes(process)));
  }
  with_threads = true;
  int recomputed_cells = 0;
  while (!fits(recomputed_cells, 1) && recomputed_cells < cells) ++recomputed_cells;
  with_threads = fits(recomputed_cells, 1);
  while (!fits(recomputed_cells, split.evaluation_batch))
    split.evaluation_batch = ceil_divide(split.evaluation_batch, 2);
  split.process = process + (threads - 1) * split.memory.thread;
  return split;
}

std::string describe(const BatchSplit& split) {
  const TrainingMemory& memory = split.memory;
  std::string text = fmt::format(
      "memory: about {}, of it {} for weights, gradients and optimizer, {} for activations, {} for "
      "kernels, {} for images and the program",
      format_bytes(split.total()), format_bytes(memory.tensors), format_bytes(memory.activations),
      format_bytes(memory.kernels), format_bytes(memory.batches + split.process));
  if (const plan::Recomputed& again = memory.recomputed; again.cells > 0)
    text += fmt::format(
        "; {} of {} cells are computed again on the way back, for about {:.0f} % more time",
        again.cells, again.of, 100 * again.share / 3);
  if (split.parts > 1)
    text += fmt::format(
        "; batches are worked on in {} parts, each with statistics of its own{}", split.parts,
        memory.recomputed.of > 0 ? "" : ", as libtorch's operators keep all for the way back");
  return text;
}

void check_memory(const BatchSplit& split, const network::Network& network, int64_t memory) {
  const double least = static_cast<double>(split.total()) / (1 + kEstimateError);
  if (memory == 0 || network.computation().device.cuda || least <= static_cast<double>(memory))
    return;
  throw OutOfMemory(fmt::format(
      "out of memory: it takes an estimated {} to train, and the machine, or the control group "
      "(container, job) of this process, has {}; give it more, or choose a smaller --batch or a "
      "--memory",
      format_bytes(split.total()), format_bytes(memory)));
}

}  // namespace nasnet::train
