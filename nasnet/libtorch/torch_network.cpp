// A network on libtorch behind the core's interface.

#include "nasnet/libtorch/torch_network.h"

#include <ATen/core/grad_mode.h>

#include "nasnet/base/error.h"
#include "nasnet/libtorch/out_of_memory.h"
#include "nasnet/libtorch/tensors.h"
#include "nasnet/libtorch/torch_learner.h"
#include "nasnet/network/contribution.h"

namespace nasnet::libtorch {
namespace {

/// libtorch's name for the device; only the CUDA ones are counted.
c10::Device device_of(const network::Device& device) {
  if (!device.cuda) return c10::kCPU;
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(device.index)};
}

}  // namespace

TorchNetwork::TorchNetwork(std::shared_ptr<const graph::Graph> graph, uint64_t seed,
                           const network::Computation& computation)
    : Network(std::move(graph), computation),
      module_(
          explain_memory([&] { return Module(*graph_, seed, device_of(computation.device)); })) {
  module_.set_precision(computation.precision);
}

const std::vector<Tensor>& TorchNetwork::tensors() const {
  // Copies, which hold until the next call: the module's tensors may lie on a GPU.
  copies_.clear();
  for (const at::Tensor& tensor : module_.tensors()) copies_.push_back(to_core(tensor));
  return copies_;
}

void TorchNetwork::set_tensors(const std::vector<Tensor>& values) {
  copy_all(values, module_.tensors());
}

network::Later<Tensor> TorchNetwork::start(const Tensor& images) {
  demand_shape(images);
  // No graph is recorded, and versions are not counted.
  const c10::InferenceMode no_gradients;
  const at::Tensor logits = explain_memory(
      [&] { return module_.forward(for_device(borrow(images), module_.device())).logits; });
  // Copying to the core waits for the device; until then the GPU goes on by itself.
  return [logits] { return to_core(logits); };
}

std::vector<Tensor> TorchNetwork::batch_statistics(const Tensor& images) {
  demand_shape(images);
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> own, before;
  for (const size_t i : network::running_statistics(graph())) own.push_back(module_.tensors()[i]);
  for (const at::Tensor& one : own) before.push_back(one.clone());
  explain_memory([&] {
    return module_.forward(for_device(borrow(images), module_.device()),
                           {.training = true, .norm_keep = 0.0});
  });
  std::vector<Tensor> results;
  for (size_t k = 0; k < own.size(); ++k) {
    results.push_back(to_core(own[k]));
    own[k].copy_(before[k]);
  }
  return results;
}

std::unique_ptr<network::Learner> TorchNetwork::learn(const network::LearningRule& rule) {
  return std::make_unique<TorchLearner>(*this, rule);
}

}  // namespace nasnet::libtorch
