#include "nasnet/train/weight_average.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace nasnet::train {

double average_decay(double limit, int64_t step) {
  const auto done = static_cast<double>(step);
  return std::min(limit, (1 + done) / (10 + done));
}

WeightAverage::WeightAverage(const network::Network& network, double decay)
    : decay_(decay), weights_(network::named_tensors(network)) {
  for (const network::NamedTensor& weight : weights_)
    averages_.push_back({weight.name, weight.tensor.clone()});
}

void WeightAverage::update(int64_t steps) {
  const at::NoGradGuard no_gradients;
  const double decay = average_decay(decay_, steps);
  for (size_t i = 0; i < averages_.size(); ++i)
    averages_[i].tensor.lerp_(weights_[i].tensor, 1 - decay);
}

void WeightAverage::copy_to_network() const {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < averages_.size(); ++i) {
    at::Tensor weight = weights_[i].tensor;
    weight.copy_(averages_[i].tensor);
  }
}

}  // namespace nasnet::train
