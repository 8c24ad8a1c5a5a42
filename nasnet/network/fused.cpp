#include "nasnet/network/fused.h"

#include <ATen/core/grad_mode.h>

#include "nasnet/network/fused-inl.h"

namespace nasnet::network {

FusedExecutor::FusedExecutor(const graph::Graph& graph, std::vector<at::Tensor>& tensors,
                             bool bf16) {
  if (bf16) {
    state_ = make_bf16_executor(graph, tensors);
  } else {
    state_ = std::make_unique<Executor<float>>(graph, tensors);
  }
}

FusedExecutor::~FusedExecutor() = default;

FusedExecutor::Result FusedExecutor::forward(const at::Tensor& images, const Pass& pass) {
  const at::NoGradGuard no_gradients;
  return state_->forward(images, pass);
}

void FusedExecutor::backward(const at::Tensor& logits, const at::Tensor& auxiliary) {
  const at::NoGradGuard no_gradients;
  state_->backward(logits, auxiliary);
}

int64_t FusedExecutor::memory() const {
  return state_->memory();
}

}  // namespace nasnet::network
