#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "nasnet/libtorch/optimizer.h"
#include "nasnet/libtorch/torch_network.h"
#include "nasnet/libtorch/weight_average.h"

namespace nasnet::libtorch {

/// Training on libtorch's operators, with its autograd and its loss.
class TorchLearner final : public network::Learner {
 public:
  TorchLearner(TorchNetwork& network, const network::LearningRule& rule);

  network::Later<network::PartResult> add_gradients(const Tensor& images,
                                                    std::span<const int64_t> labels,
                                                    network::Part part, const Pass& pass,
                                                    double share) override;
  network::Later<double> step(double rate, int64_t steps) override;
  std::vector<network::NamedTensor> optimizer_state() const override;
  std::vector<network::NamedTensor> average() const override;
  void set_state(const std::vector<Tensor>& optimizer, const std::vector<Tensor>& average) override;
  void use_average() override;

 private:
  TorchNetwork& network_;
  network::LearningRule rule_;
  Optimizer optimizer_;
  std::optional<WeightAverage> average_;
  /// For optimizer_state() and average() to point to, until they are called again.
  mutable std::vector<Tensor> optimizer_copies_, average_copies_;
};

}  // namespace nasnet::libtorch
