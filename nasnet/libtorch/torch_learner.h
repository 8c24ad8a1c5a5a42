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

  network::Later<network::PartResult> contribute(const Tensor& images,
                                                 const network::Truths& of_batch,
                                                 network::Part part, const Pass& pass, double share,
                                                 size_t place) override;
  void add(size_t to, size_t from) override;
  void lend(size_t places, const std::function<void(Rows)>& use) override;
  network::Later<double> step(double rate, int64_t steps) override;
  std::vector<network::NamedTensor> optimizer_state() const override;
  std::vector<network::NamedTensor> average() const override;
  void set_state(const std::vector<Tensor>& optimizer, const std::vector<Tensor>& average) override;
  void use_average() override;

 private:
  void put_into(size_t place, double share, const std::vector<at::Tensor>& before);
  void take_sum();

  TorchNetwork& network_;
  network::LearningRule rule_;
  Optimizer optimizer_;
  std::optional<WeightAverage> average_;
  std::vector<at::Tensor> weights_, statistics_;  // the module's, which contributions are to
  std::vector<std::vector<at::Tensor>> places_;   // gradients, then statistics; none where free
  /// For optimizer_state() and average() to point to, until they are called again.
  mutable std::vector<Tensor> optimizer_copies_, average_copies_;
};

}  // namespace nasnet::libtorch
