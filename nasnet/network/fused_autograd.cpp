#include "nasnet/network/fused_autograd.h"

#include <ATen/ops/ones.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nasnet/network/network.h"

namespace nasnet::network {
namespace {

/// The whole network as one node of autograd's. Its input is an anchor that only makes the result
/// differentiable: the executor adds to the parameters' gradients by itself.
struct WholeNetwork : torch::autograd::Function<WholeNetwork> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const at::Tensor& /*anchor*/,
                                                const at::Tensor& images, int64_t executor,
                                                int64_t pass) {
    context->saved_data["executor"] = executor;
    const FusedExecutor::Result result = reinterpret_cast<FusedExecutor*>(executor)->forward(
        images, *reinterpret_cast<const Pass*>(pass));
    if (!result.auxiliary_logits.defined()) return {result.logits};
    return {result.logits, result.auxiliary_logits};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto* executor = reinterpret_cast<FusedExecutor*>(context->saved_data["executor"].toInt());
    executor->backward(gradients[0].contiguous(),
                       gradients.size() > 1 ? gradients[1].contiguous() : at::Tensor());
    return {at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

FusedExecutor::Result forward_with_gradients(FusedExecutor& executor, const at::Tensor& images,
                                             const Pass& pass) {
  at::Tensor anchor = at::ones({1});
  anchor.set_requires_grad(true);
  const torch::autograd::variable_list outputs = WholeNetwork::apply(
      anchor, images, reinterpret_cast<int64_t>(&executor), reinterpret_cast<int64_t>(&pass));
  return {outputs[0], outputs.size() > 1 ? outputs[1] : at::Tensor()};
}

}  // namespace nasnet::network
