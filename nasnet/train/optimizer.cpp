#include "nasnet/train/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sqrt.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "nasnet/network/torch_compat.h"

namespace nasnet::train {
namespace {

/// Floats in the processor's memory that lie in the same order: they are gone through by plain
/// loops, as a network has hundreds of small tensors, and libtorch's operators take microseconds.
bool lie_here(const at::Tensor& weight, const at::Tensor& gradient) {
  const auto fits = [](const at::Tensor& tensor) {
    return tensor.is_cpu() && tensor.scalar_type() == c10::kFloat &&
           tensor.is_non_overlapping_and_dense();
  };
  return fits(weight) && fits(gradient) && weight.strides() == gradient.strides();
}

}  // namespace

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

/// No gradient: a parameter that the loss does not reach; decay still applies.
at::Tensor& Optimizer::gradient_of(Slot& slot) {
  at::Tensor& gradient = slot.weight.mutable_grad();
  if (!gradient.defined()) gradient = at::zeros_like(slot.weight);
  return gradient;
}

/// Adds the decay to every gradient; the global norm of the result.
double Optimizer::add_decay_here() {
  double squares = 0;
  for (Slot& slot : slots_) {
    const at::Tensor& gradient = gradient_of(slot);
    if (!lie_here(slot.weight, gradient)) return add_decay().item<double>();
  }
  for (Slot& slot : slots_) {
    const bool decays = slot.decayed && settings_.weight_decay > 0;
    const auto decay = static_cast<float>(settings_.weight_decay);
    const float* weight = slot.weight.data_ptr<float>();
    float* gradient = slot.weight.mutable_grad().data_ptr<float>();
    for (int64_t i = 0; i < slot.weight.numel(); ++i) {
      if (decays) gradient[i] += decay * weight[i];
      squares += static_cast<double>(gradient[i]) * gradient[i];
    }
  }
  return std::sqrt(squares);
}

/// The same on the device.
at::Tensor Optimizer::add_decay() {
  std::vector<at::Tensor> norms;
  norms.reserve(slots_.size());
  for (Slot& slot : slots_) {
    at::Tensor& gradient = gradient_of(slot);
    if (slot.decayed && settings_.weight_decay > 0)
      gradient.add_(slot.weight, settings_.weight_decay);
    norms.push_back(at::linalg_vector_norm(gradient));
  }
  return at::linalg_vector_norm(at::stack(norms));
}

void Optimizer::descend(Slot& slot, const at::Tensor& gradient, double rate, double scale) const {
  const double momentum = settings_.momentum;
  if (lie_here(slot.weight, gradient)) {
    const auto keep = static_cast<float>(momentum), share = static_cast<float>(scale);
    const auto far = static_cast<float>(rate * scale), on = static_cast<float>(rate * momentum);
    const float* g = gradient.data_ptr<float>();
    float* v = slot.velocity.data_ptr<float>();
    float* w = slot.weight.data_ptr<float>();
    for (int64_t i = 0; i < gradient.numel(); ++i) {
      v[i] = keep * v[i] + share * g[i];
      w[i] -= far * g[i] + on * v[i];
    }
    slot.weight.unsafeGetTensorImpl()->bump_version();
    return;
  }
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
  const double norm = add_decay_here();
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

at::Tensor Optimizer::step_without_waiting(double rate) {
  const at::NoGradGuard no_gradients;
  const at::Tensor norm = add_decay();
  std::vector<at::Tensor> gradients, weights, velocities, squares;
  for (Slot& slot : slots_) {
    gradients.push_back(slot.weight.grad());
    weights.push_back(slot.weight);
    velocities.push_back(slot.velocity);
    if (slot.mean_square.defined()) squares.push_back(slot.mean_square);
    slot.weight.mutable_grad().reset();
  }
  if (settings_.clip > 0)
    network::multiply_all(gradients, at::reciprocal(norm).mul(settings_.clip).clamp_max(1));
  // Each takes all tensors in a few kernels instead of one a tensor.
  at::_foreach_mul_(velocities, settings_.momentum);
  if (squares.empty()) {
    at::_foreach_add_(velocities, gradients, 1);
    at::_foreach_add_(weights, gradients, -rate);
    at::_foreach_add_(weights, velocities, -rate * settings_.momentum);
  } else {
    at::_foreach_mul_(squares, settings_.rmsprop_decay);
    at::_foreach_addcmul_(squares, gradients, gradients, 1 - settings_.rmsprop_decay);
    std::vector<at::Tensor> roots = at::_foreach_add(squares, settings_.rmsprop_epsilon);
    at::_foreach_sqrt_(roots);
    at::_foreach_addcdiv_(velocities, gradients, roots, rate);
    at::_foreach_add_(weights, velocities, -1);
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
