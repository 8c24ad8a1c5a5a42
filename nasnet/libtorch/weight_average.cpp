// As network/weight_average.cpp, on the device.

#include "nasnet/libtorch/weight_average.h"

#include <ATen/core/grad_mode.h>

#include "nasnet/network/weight_average.h"

namespace nasnet::libtorch {

WeightAverage::WeightAverage(Module& module, double decay)
    : decay_(decay), weights_(named_tensors(module)) {
  for (const NamedTensor& weight : weights_)
    averages_.push_back({weight.name, weight.tensor.clone()});
}

void WeightAverage::update(int64_t steps) {
  const at::NoGradGuard no_gradients;
  const double decay = network::average_decay(decay_, steps);
  for (size_t i = 0; i < averages_.size(); ++i)
    averages_[i].tensor.lerp_(weights_[i].tensor, 1 - decay);
}

void WeightAverage::copy_to_module() const {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < averages_.size(); ++i) {
    at::Tensor weight = weights_[i].tensor;
    weight.copy_(averages_[i].tensor);
  }
}

}  // namespace nasnet::libtorch
