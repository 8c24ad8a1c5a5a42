#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::network {

struct Pass;

/// Runs a graph on the project's own kernels: float32 or bf16, NHWC, on the CPU. What libtorch does
/// operator by operator is done here in fused steps (see plan.h) over one arena of memory. The same
/// numbers whatever the number of threads: sums over a batch are taken by image or by a fixed
/// number of groups of images, and put together in their order.
class FusedExecutor {
 public:
  struct Result {
    at::Tensor logits, auxiliary_logits;
  };

  /// `tensors`: one for each of the graph's parameters, float32 on the CPU, borrowed. `bf16`:
  /// activations and their gradients are kept, and matrices multiplied, in bf16; parameters, their
  /// gradients, sums and depthwise windows stay float32. Throws SystemError where the machine has
  /// no bf16 products.
  FusedExecutor(const graph::Graph& graph, std::vector<at::Tensor>& tensors, bool bf16 = false);
  ~FusedExecutor();

  /// `images`: N x C x H x W, float32. In training mode keeps what backward() needs, and updates
  /// the running statistics of batch normalisation.
  Result forward(const at::Tensor& images, const Pass& pass);

  /// Adds to the parameters' gradients what follows from those of the last training-mode
  /// forward()'s logits; `auxiliary` may be undefined. To be called once after it.
  void backward(const at::Tensor& logits, const at::Tensor& auxiliary);

  /// Bytes of the arena and of everything else that the last forward() used besides parameters.
  int64_t memory() const;

  struct State;  ///< fused_executor.h

 private:
  std::unique_ptr<State> state_;
};

}  // namespace nasnet::network
