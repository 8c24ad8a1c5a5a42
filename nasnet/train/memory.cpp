// Estimates a training's memory from the graph, and splits batches that would not fit. Nothing is
// allocated to find out.

#include "nasnet/train/memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
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

}  // namespace

TrainingMemory estimate_training(const graph::Graph& graph, network::Kernels kernels,
                                 const TrainSettings& settings, const TrainingShape& shape) {
  TrainingMemory memory;
  const int64_t learned = network::gradient_bytes(graph);
  const int64_t parameters = network::parameter_bytes(graph);
  const int64_t replicas = std::min(shape.replicas, shape.batch);
  const auto places = static_cast<int64_t>(TreeSum::most_places(replicas));
  memory.tensors = parameters + places * parameters +
                   (settings.optimizer == Optimizer::kSgd ? 1 : 2) * learned +
                   (settings.ema > 0 ? parameters : 0);
  const graph::Graph& evaluated = shape.evaluated ? *shape.evaluated : graph;
  if (shape.evaluated) memory.tensors += parameters;
  const auto pass = [&](bool training, int64_t images) {
    return network::estimate_pass(training ? graph : evaluated, {.kernels = kernels,
                                                                 .precision = settings.precision,
                                                                 .training = training,
                                                                 .batch = images})
        .total();
  };
  memory.passes = pass(true, ceil_divide(shape.batch, replicas));
  memory.batches = batch_bytes(graph, shape.images, shape.batch);
  if (shape.evaluation_images > 0) {
    const int64_t measuring =
        pass(false, std::min(shape.evaluation_batch, shape.evaluation_images));
    memory.passes =
        shape.evaluated ? memory.passes + measuring : std::max(memory.passes, measuring);
    memory.batches = std::max(
        memory.batches, batch_bytes(evaluated, shape.evaluation_images, shape.evaluation_batch));
  }
  return memory;
}

int64_t evaluation_batch(const network::Network& network, int64_t batch) {
  constexpr int64_t kMost = 250;
  const network::Computation& computation = network.computation();
  const bool by_operators =
      !computation.device.cuda && computation.kernels == network::Kernels::kReference;
  return by_operators ? std::min(batch, kMost) : kMost;
}

int64_t process_bytes(network::Kernels kernels) {
  return kProcessBytes + (kernels == network::Kernels::kReference ? kLibtorchBytes : 0);
}

int64_t process_bytes(const network::Network& network, const data::DataSet& data) {
  const network::Computation& computation = network.computation();
  return computation.device.cuda ? 0 : process_bytes(computation.kernels) + data.bytes();
}

BatchSplit split_batch(const graph::Graph& graph, network::Kernels kernels,
                       const TrainSettings& settings, TrainingShape shape, int64_t process) {
  NASNET_CHECK(shape.images > 0 && shape.batch > 0, "a training has images");
  const int64_t limit = parse_bytes(settings.memory, "--memory");
  BatchSplit split;
  split.process = process;
  split.evaluation_batch = std::max<int64_t>(shape.evaluation_batch, 1);
  const int64_t whole = std::min(shape.replicas, shape.batch);
  const auto fits = [&](int64_t parts, int64_t evaluation) {
    shape.replicas = std::min(whole * parts, shape.batch);
    shape.evaluation_batch = evaluation;
    split.memory = estimate_training(graph, kernels, settings, shape);
    return limit == 0 || split.total() <= limit;
  };
  if (fits(1, split.evaluation_batch)) return split;
  // Smaller evaluations change no result, more parts do: so parts come first, and as few as can be.
  const int64_t most = ceil_divide(shape.batch, whole);
  int64_t least = split.total();
  while (!fits(split.parts, 1)) {
    least = std::min(least, split.total());
    if (split.parts++ < most) continue;
    throw OutOfMemory(
        fmt::format("out of memory: it takes an estimated {} to train with as many parts a batch "
                    "as help, {} of it for the program and its data, and --memory is {}",
                    format_bytes(least), format_bytes(process), settings.memory));
  }
  while (!fits(split.parts, split.evaluation_batch))
    split.evaluation_batch = ceil_divide(split.evaluation_batch, 2);
  return split;
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
