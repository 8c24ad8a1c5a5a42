// An exponential moving average of all tensors, running statistics among them, as
// tf.train.ExponentialMovingAverage keeps it.

#include "nasnet/network/weight_average.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::network {

double average_decay(double limit, int64_t step) {
  NASNET_CHECK(step >= 0 && limit > 0 && limit < 1, "an average keeps a share");
  const auto done = static_cast<double>(step);
  return std::min(limit, (1 + done) / (10 + done));
}

WeightAverage::WeightAverage(const graph::Graph& graph, std::vector<Tensor> tensors, double decay)
    : decay_(decay), averages_(std::move(tensors)) {
  for (const graph::Parameter& parameter : graph.parameters) names_.push_back(parameter.name);
}

void WeightAverage::update(const std::vector<Tensor>& tensors, int64_t steps) {
  NASNET_CHECK(tensors.size() == averages_.size());
  const auto share = static_cast<float>(1 - average_decay(decay_, steps));
  for (size_t k = 0; k < averages_.size(); ++k) {
    NASNET_CHECK(tensors[k].size() == averages_[k].size());
    const float* weight = tensors[k].data();
    float* average = averages_[k].change().data();
    for (int64_t i = 0; i < tensors[k].size(); ++i) average[i] += share * (weight[i] - average[i]);
  }
}

std::vector<NamedTensor> WeightAverage::state() const {
  std::vector<NamedTensor> named;
  for (size_t k = 0; k < averages_.size(); ++k) named.push_back({names_[k], &averages_[k]});
  return named;
}

void WeightAverage::set_state(const std::vector<Tensor>& values) {
  std::vector<Tensor*> targets;
  for (Tensor& average : averages_) targets.push_back(&average);
  replace_all(targets, values);
}

}  // namespace nasnet::network
