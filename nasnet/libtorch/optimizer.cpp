// The updates of network/optimizer.cpp on lists of tensors, so that a GPU gets few large launches.

#include "nasnet/libtorch/optimizer.h"

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

#include "nasnet/base/check.h"
#include "nasnet/libtorch/torch_compat.h"

namespace nasnet::libtorch {

using Rule = network::LearningRule::Optimizer;

Optimizer::Optimizer(Module& module, const network::LearningRule& rule) : rule_(rule) {
  const at::NoGradGuard no_gradients;
  NASNET_CHECK(module.tensors().size() == module.graph().parameters.size());
  for (size_t i = 0; i < module.tensors().size(); ++i) {
    const graph::Parameter& parameter = module.graph().parameters[i];
    if (!parameter.trainable()) continue;
    const at::Tensor& weight = module.tensors()[i];
    Slot slot{parameter.name,    weight, at::zeros_like(weight), {}, parameter.decayed(),
              rule.rate_share(i)};
    // TensorFlow's RMSProp begins with ones, so that its first steps are small ones.
    if (rule.optimizer == Rule::kRmsprop) slot.mean_square = at::ones_like(weight);
    if (rule.optimizer == Rule::kAdamw) slot.mean_square = at::zeros_like(weight);
    rate_shares_.insert(slot.rate_share);
    slots_.push_back(std::move(slot));
  }
}

/// Adds the decay to every gradient; the global norm of the result.
at::Tensor Optimizer::add_decay() {
  std::vector<at::Tensor> norms;
  norms.reserve(slots_.size());
  for (Slot& slot : slots_) {
    at::Tensor& gradient = slot.weight.mutable_grad();
    // A parameter that the loss does not reach; decay still applies.
    if (!gradient.defined()) gradient = at::zeros_like(slot.weight);
    if (slot.decayed && rule_.weight_decay > 0 && rule_.optimizer != Rule::kAdamw)
      gradient.add_(slot.weight, rule_.weight_decay);
    norms.push_back(at::linalg_vector_norm(gradient));
  }
  return at::linalg_vector_norm(at::stack(norms));
}

at::Tensor Optimizer::step(double rate, int64_t steps) {
  NASNET_CHECK(std::isfinite(rate) && rate >= 0, "schedules give a rate");
  const at::NoGradGuard no_gradients;
  const at::Tensor norm = add_decay();
  // Without a look at the norm's value: a copy from the GPU would be waited for.
  at::Tensor scale;
  if (rule_.clip > 0) scale = at::reciprocal(norm).mul(rule_.clip).clamp_max(1);
  for (const double share : rate_shares_) update(share, rate * share, scale, steps);
  return norm;
}

/// The slots of this share of the rate.
void Optimizer::update(double rate_share, double rate, const at::Tensor& scale, int64_t steps) {
  std::vector<at::Tensor> gradients, weights, decayed, velocities, squares;
  for (Slot& slot : slots_) {
    if (slot.rate_share != rate_share) continue;
    gradients.push_back(slot.weight.grad());
    weights.push_back(slot.weight);
    if (slot.decayed) decayed.push_back(slot.weight);
    velocities.push_back(slot.velocity);
    if (slot.mean_square.defined()) squares.push_back(slot.mean_square);
    // The next backward() makes new ones, which needs no zeros to be written first.
    slot.weight.mutable_grad().reset();
  }
  if (scale.defined()) multiply_all(gradients, scale);
  at::_foreach_mul_(velocities, rule_.momentum);
  if (rule_.optimizer == Rule::kAdamw) {
    // Both moments begin with zeros, and are divided by the share of them that has been seen.
    const double age = static_cast<double>(steps);
    at::_foreach_add_(velocities, gradients, 1 - rule_.momentum);
    at::_foreach_mul_(squares, rule_.adamw_decay);
    at::_foreach_addcmul_(squares, gradients, gradients, 1 - rule_.adamw_decay);
    std::vector<at::Tensor> roots =
        at::_foreach_mul(squares, 1 / (1 - std::pow(rule_.adamw_decay, age)));
    at::_foreach_sqrt_(roots);
    at::_foreach_add_(roots, rule_.adamw_epsilon);
    if (!decayed.empty()) at::_foreach_mul_(decayed, 1 - rate * rule_.weight_decay);
    at::_foreach_addcdiv_(weights, velocities, roots, -rate / (1 - std::pow(rule_.momentum, age)));
  } else if (squares.empty()) {
    at::_foreach_add_(velocities, gradients, 1);
    at::_foreach_add_(weights, gradients, -rate);
    at::_foreach_add_(weights, velocities, -rate * rule_.momentum);
  } else {
    at::_foreach_mul_(squares, rule_.rmsprop_decay);
    at::_foreach_addcmul_(squares, gradients, gradients, 1 - rule_.rmsprop_decay);
    std::vector<at::Tensor> roots = at::_foreach_add(squares, rule_.rmsprop_epsilon);
    at::_foreach_sqrt_(roots);
    at::_foreach_addcdiv_(velocities, gradients, roots, rate);
    at::_foreach_add_(weights, velocities, -1);
  }
}

std::vector<NamedTensor> Optimizer::state() const {
  std::vector<NamedTensor> named;
  for (const Slot& slot : slots_) {
    named.push_back({slot.name, slot.velocity});
    if (slot.mean_square.defined())
      named.push_back({slot.name + (rule_.optimizer == Rule::kAdamw ? "/AdamW" : "/RMSProp"),
                       slot.mean_square});
  }
  return named;
}

}  // namespace nasnet::libtorch
