// A network whose parameters are plain tensors of this process and whose passes a fused::Executor
// runs.

#include "nasnet/network/fused_network.h"

#include <algorithm>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/network/contribution.h"
#include "nasnet/network/fused_learner.h"

namespace nasnet::network {

FusedNetwork::FusedNetwork(std::shared_ptr<const graph::Graph> graph, uint64_t seed,
                           Computation computation)
    : Network(std::move(graph), computation),
      executor_(graph_, {.bf16 = computation.precision == Precision::kBf16,
                         .threads = computation.threads}) {
  for (const graph::Parameter& parameter : graph_->parameters) {
    tensors_.emplace_back(parameter.shape);
    tensors_.back().set_row_major(graph::initial_values(parameter, seed));
  }
}

void FusedNetwork::set_tensors(const std::vector<Tensor>& values) {
  std::vector<Tensor*> targets;
  for (Tensor& tensor : tensors_) targets.push_back(&tensor);
  replace_all(targets, values);
}

Later<Tensor> FusedNetwork::start(const Tensor& images) {
  demand_shape(images);
  std::vector<Tensor> outputs = executor_.infer({images.data(), images.extent(0)}, views());
  NASNET_CHECK(outputs.size() == 1, "inference gives the logits");
  return [logits = std::move(outputs.front())] { return logits; };
}

std::vector<Tensor> FusedNetwork::batch_statistics(const Tensor& images) {
  demand_shape(images);
  const std::vector<size_t> statistics = running_statistics(*graph_);
  std::vector<Tensor> results;
  for (const size_t i : statistics) {
    results.push_back(tensors_[i]);
    // Steps that keep nothing of zeros leave what the batch has, without a rounding.
    std::ranges::fill(tensors_[i].change(), 0.0f);
  }
  executor_.train({images.data(), images.extent(0)}, {.training = true, .norm_keep = 0.0}, views());
  for (size_t k = 0; k < statistics.size(); ++k) {
    std::swap(results[k], tensors_[statistics[k]]);
    tensors_[statistics[k]].change();
  }
  return results;
}

std::unique_ptr<Learner> FusedNetwork::learn(const LearningRule& rule) {
  return std::make_unique<FusedLearner>(*this, rule);
}

}  // namespace nasnet::network
