// A training step on the fused kernels: forward, loss and back for each replica, which all start
// from the same running statistics, then the optimizer's step by the sum of what they gave.

#include "nasnet/network/fused_learner.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/network/cross_entropy.h"

namespace nasnet::network {

FusedLearner::FusedLearner(FusedNetwork& network, const LearningRule& rule)
    : network_(network),
      rule_(rule),
      optimizer_(network.graph().parameters, network.tensors_, rule),
      statistics_(running_statistics(network.graph())) {
  if (rule.average > 0) average_.emplace(network.graph(), network.tensors_, rule.average);
}

Contribution& FusedLearner::place(size_t number) {
  while (places_.size() <= number) places_.emplace_back(network_.graph().parameters, statistics_);
  return places_[number];
}

Later<PartResult> FusedLearner::contribute(const Tensor& images, const Truths& of_batch, Part part,
                                           const Pass& pass, double share, size_t number) {
  network_.demand_shape(images);
  NASNET_CHECK(part.first >= 0 && part.count > 0 && part.first + part.count <= images.extent(0) &&
                   part.first + part.count <= static_cast<int64_t>(of_batch.labels.size()),
               "a part lies in its batch");
  const int64_t image = images.size() / images.extent(0);
  const Truths truths = of_batch.of(part);
  std::vector<Tensor> before;
  for (const size_t i : statistics_) before.push_back(network_.tensors_[i]);
  fused::Executor::Trained trained = network_.executor_.train(
      {images.data() + part.first * image, part.count}, pass, network_.views());
  std::vector<Tensor> after;
  for (size_t k = 0; k < statistics_.size(); ++k)
    after.push_back(std::exchange(network_.tensors_[statistics_[k]], std::move(before[k])));
  // The logits, and the auxiliary head's where there is one.
  std::vector<Tensor> above(trained.outputs.size());
  const PartResult result =
      cross_entropy(trained.outputs[0], truths, rule_.label_smoothing, share, above[0]);
  const auto finished = [result] { return result; };
  if (!std::isfinite(result.loss)) return finished;
  if (above.size() > 1)
    cross_entropy(trained.outputs[1], truths, rule_.label_smoothing, share * rule_.auxiliary_weight,
                  above[1]);
  Contribution& contribution = place(number);
  trained.pass->backward(above, contribution.places());
  for (size_t k = 0; k < statistics_.size(); ++k)
    std::ranges::transform(
        after[k].values(), contribution.of(statistics_[k]).begin(),
        [part_of_step = static_cast<float>(share)](float value) { return part_of_step * value; });
  return finished;
}

void FusedLearner::lend(size_t places, const std::function<void(Rows)>& use) {
  std::vector<std::span<float>> rows;
  for (size_t k = 0; k < places; ++k) rows.push_back(place(k).values());
  use(rows);
}

Later<double> FusedLearner::step(double rate, int64_t steps) {
  Contribution& sum = place(0);
  const double norm = optimizer_.step(sum, rate, steps);
  if (!std::isfinite(norm)) return [norm] { return norm; };
  for (const size_t i : statistics_) {
    std::ranges::copy(sum.of(i), network_.tensors_[i].change().begin());
    std::ranges::fill(sum.of(i), 0.0f);
  }
  if (average_) average_->update(network_.tensors_, steps);
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
