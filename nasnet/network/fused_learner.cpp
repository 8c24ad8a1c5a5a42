// A training step on the fused kernels: forward, loss, back, in as many parts as the memory wants;
// gradients add up until the optimizer's step takes them.

#include "nasnet/network/fused_learner.h"

#include <cmath>

#include "nasnet/base/check.h"
#include "nasnet/network/cross_entropy.h"

namespace nasnet::network {

FusedLearner::FusedLearner(FusedNetwork& network, const LearningRule& rule)
    : network_(network),
      rule_(rule),
      optimizer_(network.graph().parameters, network.tensors_, rule) {
  if (rule.average > 0) average_.emplace(network.graph(), network.tensors_, rule.average);
}

Later<PartResult> FusedLearner::add_gradients(const Tensor& images, std::span<const int64_t> labels,
                                              Part part, const Pass& pass, double share) {
  network_.demand_shape(images);
  NASNET_CHECK(part.first >= 0 && part.count > 0 && part.first + part.count <= images.extent(0) &&
                   part.first + part.count <= static_cast<int64_t>(labels.size()),
               "a part lies in its batch");
  const int64_t image = images.size() / images.extent(0);
  const std::span<const int64_t> truths = labels.subspan(part.first, part.count);
  fused::Executor::Trained trained = network_.executor_.train(
      {images.data() + part.first * image, part.count}, pass, network_.views());
  // The logits, and the auxiliary head's where there is one.
  std::vector<Tensor> above(trained.outputs.size());
  const PartResult result =
      cross_entropy(trained.outputs[0], truths, rule_.label_smoothing, share, above[0]);
  const auto finished = [result] { return result; };
  if (!std::isfinite(result.loss)) return finished;
  if (above.size() > 1)
    cross_entropy(trained.outputs[1], truths, rule_.label_smoothing, share * rule_.auxiliary_weight,
                  above[1]);
  trained.pass->backward(above, optimizer_.places());
  return finished;
}

Later<double> FusedLearner::step(double rate, int64_t steps) {
  const double norm = optimizer_.step(rate, steps);
  if (average_ && std::isfinite(norm)) average_->update(network_.tensors_, steps);
  return [norm] { return norm; };
}

std::vector<NamedTensor> FusedLearner::average() const {
  return average_ ? average_->state() : std::vector<NamedTensor>();
}

void FusedLearner::set_state(const std::vector<Tensor>& optimizer,
                             const std::vector<Tensor>& average) {
  optimizer_.set_state(optimizer);
  if (average_) average_->set_state(average);
}

void FusedLearner::use_average() {
  if (average_) network_.set_tensors(average_->values());
}

}  // namespace nasnet::network
