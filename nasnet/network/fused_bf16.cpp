#include "nasnet/base/error.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/network/fused-inl.h"

namespace nasnet::network {

std::unique_ptr<FusedExecutor::State> make_bf16_executor(const graph::Graph& graph,
                                                         std::vector<at::Tensor>& tensors) {
  if (!kernels::can_multiply_bf16())
    throw SystemError(
        "this processor has no bf16 products (AVX512-BF16); take --precision float32");
  return std::make_unique<Executor<kernels::Bf16>>(graph, tensors);
}

}  // namespace nasnet::network
