#include "nasnet/train/sgd.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "nasnet/network/torch_compat.h"

namespace nasnet::train {

double cosine_rate(double initial, int64_t step, int64_t total_steps) {
  return 0.5 * initial *
         (1.0 + std::cos(M_PI * static_cast<double>(step) / static_cast<double>(total_steps)));
}

Sgd::Sgd(network::Network& network, const TrainSettings& settings) : settings_(settings) {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    const graph::Parameter& parameter = network.graph().parameters[i];
    if (!parameter.trainable()) continue;
    const at::Tensor& weight = network.tensors()[i];
    slots_.push_back({parameter.name, weight, at::zeros_like(weight), parameter.decayed()});
  }
}

/// Adds the decay to every gradient; the global norm of the result, on the device.
at::Tensor Sgd::add_decay() {
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
  return at::linalg_vector_norm(at::stack(norms));
}

double Sgd::step(double rate) {
  const at::NoGradGuard no_gradients;
  const double norm = add_decay().item<double>();
  const bool clipped = settings_.clip > 0 && norm > settings_.clip;
  const double scale = clipped ? settings_.clip / norm : 1.0;
  const double momentum = settings_.momentum;
  for (Slot& slot : slots_) {
    at::Tensor& gradient = slot.weight.mutable_grad();
    slot.velocity.mul_(momentum).add_(gradient, scale);
    slot.weight.add_(gradient, -rate * scale).add_(slot.velocity, -rate * momentum);
    gradient.reset();
  }
  return norm;
}

void Sgd::step_without_waiting(double rate) {
  const at::NoGradGuard no_gradients;
  const at::Tensor norm = add_decay();
  std::vector<at::Tensor> gradients, weights, velocities;
  for (Slot& slot : slots_) {
    gradients.push_back(slot.weight.grad());
    weights.push_back(slot.weight);
    velocities.push_back(slot.velocity);
    slot.weight.mutable_grad().reset();
  }
  if (settings_.clip > 0)
    network::multiply_all(gradients, at::reciprocal(norm).mul(settings_.clip).clamp_max(1));
  // Each takes all tensors in a few kernels instead of one a tensor.
  at::_foreach_mul_(velocities, settings_.momentum);
  at::_foreach_add_(velocities, gradients, 1);
  at::_foreach_add_(weights, gradients, -rate);
  at::_foreach_add_(weights, velocities, -rate * settings_.momentum);
}

std::vector<network::NamedTensor> Sgd::state() const {
  std::vector<network::NamedTensor> named;
  for (const Slot& slot : slots_) named.push_back({slot.name, slot.velocity});
  return named;
}

}  // namespace nasnet::train
