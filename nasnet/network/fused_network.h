#pragma once

#include <memory>
#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// A network on the project's own kernels.
class FusedNetwork final : public Network {
 public:
  FusedNetwork(std::shared_ptr<const graph::Graph> graph, uint64_t seed, Computation computation);

  const std::vector<Tensor>& tensors() const override { return tensors_; }
  void set_tensors(const std::vector<Tensor>& values) override;
  Later<Tensor> start(const Tensor& images) override;
  std::unique_ptr<Learner> learn(const LearningRule& rule) override;
  std::vector<Tensor> batch_statistics(const Tensor& images) override;

 private:
  friend class FusedLearner;
  std::vector<TensorView> views() { return {tensors_.begin(), tensors_.end()}; }

  std::vector<Tensor> tensors_;
  fused::Executor executor_;
};

}  // namespace nasnet::network
