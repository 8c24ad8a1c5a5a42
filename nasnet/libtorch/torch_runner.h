#pragma once

#include <memory>
#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/libtorch/module.h"

namespace nasnet::libtorch {

/// Runs a graph by libtorch's operators on the processor, one by one: the reference of
/// fused::Executor, and a drop-in for it. It reads parameters where they lie.
class TorchRunner final : public fused::Runner {
 public:
  TorchRunner(const graph::Graph& graph, std::vector<int> outputs, Precision precision);

  std::vector<Tensor> infer(const fused::Images& images,
                            const std::vector<TensorView>& parameters) override;
  Trained train(const fused::Images& images, const Pass& pass,
                const std::vector<TensorView>& parameters) override;

 private:
  /// The outputs of a pass over the images.
  std::vector<at::Tensor> run(const at::Tensor& images, const Pass& pass,
                              const std::vector<TensorView>& parameters);

  Module module_;
  const std::vector<int> outputs_;
};

}  // namespace nasnet::libtorch
