#include "nasnet/train/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

namespace nasnet::train {

Optimizer::Optimizer(network::Network& network, const TrainSettings& settings)
    : settings_(settings) {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    const graph::Parameter& parameter = network.graph().parameters[i];
    if (!parameter.trainable()) continue;
    const at::Tensor& weight = network.tensors()[i];
    Slot slot{parameter.name, weight, at::zeros_like(weight), {}, parameter.decayed()};
    if (settings.optimizer == "rmsprop") slot.mean_square = at::ones_like(weight);
    slots_.push_back(std::move(slot));
  }
}

/// Adds the decay to every gradient; the global norm of the result.
double Optimizer::add_decay() {
  std::vector<at::Tensor> norms;
  norms.reserve(slots_.size());
  for (Slot& slot : slots_) {
    at::Tensor& gradient = slot.weight.mutable_grad();
    // No gradient: a parameter that the loss does not reach; decay still applies.
    if (!gradient.defined()) gradient = at::zeros_like(slot.weight);
    if (slot.decayed && settings_.weight_decay > 0)
      gradient.add_(slot.weight, settings_.weight_decay);
    norms.push_back(at::linalg_vector_norm(gradient));
  }
  return at::linalg_vector_norm(at::stack(norms)).item<double>();
}

void Optimizer::descend(Slot& slot, const at::Tensor& gradient, double rate, double scale) const {
  const double momentum = settings_.momentum;
  slot.velocity.mul_(momentum).add_(gradient, scale);
  slot.weight.add_(gradient, -rate * scale).add_(slot.velocity, -rate * momentum);
}

void Optimizer::rmsprop(Slot& slot, const at::Tensor& gradient, double rate, double scale) const {
  const double decay = settings_.rmsprop_decay;
  slot.mean_square.mul_(decay).addcmul_(gradient, gradient, (1 - decay) * scale * scale);
  const at::Tensor root = slot.mean_square.add(settings_.rmsprop_epsilon).sqrt_();
  slot.velocity.mul_(settings_.momentum).addcdiv_(gradient, root, rate * scale);
  slot.weight.sub_(slot.velocity);
}

double Optimizer::step(double rate) {
  const at::NoGradGuard no_gradients;
  const double norm = add_decay();
  const bool clipped = settings_.clip > 0 && norm > settings_.clip;
  // The scale goes into the updates, which saves a pass over the gradients.
  const double scale = clipped ? settings_.clip / norm : 1.0;
  for (Slot& slot : slots_) {
    at::Tensor& gradient = slot.weight.mutable_grad();
    if (slot.mean_square.defined()) {
      rmsprop(slot, gradient, rate, scale);
    } else {
      descend(slot, gradient, rate, scale);
    }
    gradient.reset();
  }
  return norm;
}

std::vector<network::NamedTensor> Optimizer::state() const {
  std::vector<network::NamedTensor> named;
  for (const Slot& slot : slots_) {
    named.push_back({slot.name, slot.velocity});
    if (slot.mean_square.defined()) named.push_back({slot.name + "/RMSProp", slot.mean_square});
  }
  return named;
}

}  // namespace nasnet::train
