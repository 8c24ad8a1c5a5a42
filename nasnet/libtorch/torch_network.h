#pragma once

#include <memory>
#include <vector>

#include "nasnet/libtorch/module.h"
#include "nasnet/network/network.h"

namespace nasnet::libtorch {

/// A network on libtorch's operators, on the processor or a CUDA device.
class TorchNetwork final : public network::Network {
 public:
  TorchNetwork(std::shared_ptr<const graph::Graph> graph, uint64_t seed,
               const network::Computation& computation);

  /// Copies; valid until the next call.
  const std::vector<Tensor>& tensors() const override;
  void set_tensors(const std::vector<Tensor>& values) override;
  network::Later<Tensor> start(const Tensor& images) override;
  std::unique_ptr<network::Learner> learn(const network::LearningRule& rule) override;
  std::vector<Tensor> batch_statistics(const Tensor& images) override;

 private:
  friend class TorchLearner;
  Module module_;
  mutable std::vector<Tensor> copies_;
};

}  // namespace nasnet::libtorch
