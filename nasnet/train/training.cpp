// Puts a training together in the order in which its parts need each other.

#include "nasnet/train/training.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "nasnet/base/memory_group.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/feature_network.h"
#include "nasnet/train/image_sizes.h"
#include "nasnet/train/layer_groups.h"
#include "nasnet/train/train_state.h"

namespace nasnet::train {
namespace {

const data::ImageSet& images_of(const TrainingRequest& request) {
  return request.sized ? *request.sized : request.data.train;
}

graph::Graph graph_for(const TrainingRequest& request, int edge) {
  return training_graph(request.genotype, request.stack, request.tuning, request.heads_only, edge);
}

std::unique_ptr<network::Network> make_network(const TrainingRequest& request) {
  graph::Graph graph = graph_for(request, images_of(request).height);
  const network::Computation computation = network::choose_computation(
      request.device, request.settings.kernels, request.settings.precision, request.threads);
  if (!computation.device.cuda && network::learns_classifier_alone(graph))
    return std::make_unique<network::FeatureNetwork>(
        std::make_shared<const graph::Graph>(std::move(graph)), request.seed, computation,
        kFeatureBytes);
  return network::make_network(std::move(graph), request.seed, computation);
}

std::vector<Tensor> copies(const std::vector<network::NamedTensor>& named) {
  std::vector<Tensor> tensors;
  for (const network::NamedTensor& one : named) tensors.push_back(*one.tensor);
  return tensors;
}

/// That of the largest images which it trains on, so that all phases have the same.
BatchSplit make_split(const TrainingRequest& request, const network::Network& network,
                      int64_t batch) {
  TrainingShape shape{.images = static_cast<int64_t>(request.images.size()),
                      .batch = batch,
                      .replicas = request.settings.replicas,
                      .evaluation_images = request.evaluation_images,
                      .evaluation_batch = evaluation_batch(network, batch),
                      .keeps_best = request.tuning.hold_out > 0};
  int64_t process = process_bytes(network, request.data);
  std::optional<graph::Graph> largest, whole;
  if (!request.tuning.sizes.empty()) {
    const int edge =
        size_spans(request.tuning.sizes, request.stack.input.height, request.settings.epochs)
            .back()
            .edge;
    largest = graph_for(request, edge);
    whole = graph_for(request, request.stack.input.height);
    shape.evaluated = &*whole;
    if (!request.data.train.stored)
      process += request.data.train.size() * edge * edge * request.data.train.channels;
  }
  const BatchSplit split = split_batch(
      largest ? *largest : network.graph(), network.computation().kernels, request.settings, shape,
      process, network.computation().device.cuda ? 1 : request.threads);
  check_memory(split, network, MemoryGroup().limit());
  return split;
}

}  // namespace

graph::StackSettings stack_for(graph::StackSettings stack, const TrainSettings& settings,
                               const data::DataSet& data) {
  stack.input = {data.train.height, data.train.width, data.train.channels};
  stack.classes = static_cast<int>(data.classes.size());
  stack.auxiliary_head = settings.auxiliary_weight > 0;
  return stack;
}

graph::Graph training_graph(const space::Genotype& genotype, graph::StackSettings stack,
                            const TuneSettings& tuning, bool heads_only, int edge) {
  if (edge != stack.input.height) stack.input.height = stack.input.width = edge;
  graph::Graph graph = graph::build(genotype, stack);
  freeze_layers(graph, heads_only ? "trunk" : tuning.freeze);
  return graph;
}

Training::Training(const TrainingRequest& request)
    : batch(step_images(request.settings, std::ssize(request.images))),
      network(make_network(request)),
      split(make_split(request, *network, batch)),
      trainer(*network, images_of(request), request.images, request.normalization, request.settings,
              request.seed, split.parts, request.group, request.tuning, split.recomputed_cells),
      genotype_(request.genotype),
      stack_(request.stack) {
  if (request.tuning.hold_out > 0) best = network->tensors();
}

std::vector<network::NamedTensor> Training::saved_tensors() const {
  std::vector<network::NamedTensor> all;
  append_tensors("weights", network::named_tensors(*network), all);
  append_tensors("optimizer", trainer.learner().optimizer_state(), all);
  append_tensors("average", trainer.learner().average(), all);
  append_tensors("best", named_best(), all);
  return all;
}

Training::Handover Training::hand_over() const {
  return {network->tensors(), copies(trainer.learner().average()), best,
          copies(trainer.learner().optimizer_state()), trainer.state()};
}

void Training::take_over(const Handover& from, bool optimizer) {
  network->set_tensors(from.weights);
  trainer.learner().set_state(
      optimizer ? from.optimizer : copies(trainer.learner().optimizer_state()), from.average);
  trainer.set_state(from.state);
  best = from.best;
}

std::unique_ptr<network::Network> Training::network_of_stack() const {
  if (network->graph().settings.input == stack_.input) return nullptr;
  auto whole = network::make_network(graph::build(genotype_, stack_), 1, network->computation());
  whole->set_tensors(network->tensors());
  return whole;
}

std::vector<network::NamedTensor> Training::named_best() const {
  std::vector<network::NamedTensor> named;
  for (size_t i = 0; i < best.size(); ++i)
    named.push_back({network->graph().parameters[i].name, &best[i]});
  return named;
}

nlohmann::json Training::saved_state() const {
  return state_to_json(trainer.state());
}

void Training::restore(const std::vector<Tensor>& values, const nlohmann::json& state) {
  trainer.set_state(state_from_json(state));
  const auto optimizer = values.begin() + std::ssize(network->tensors());
  const auto average = optimizer + std::ssize(trainer.learner().optimizer_state());
  const auto best_begin = average + std::ssize(trainer.learner().average());
  network->set_tensors({values.begin(), optimizer});
  trainer.learner().set_state({optimizer, average}, {average, best_begin});
  best.assign(best_begin, values.end());
}

}  // namespace nasnet::train
