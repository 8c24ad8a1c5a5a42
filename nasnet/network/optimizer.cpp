// Updates in one pass over each tensor. The formulas are TensorFlow's, as the published recipes
// were tuned with them: epsilon lies inside RMSProp's root, and decay is added to the gradient
// before it is clipped.

#include "nasnet/network/optimizer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nasnet/base/check.h"

namespace nasnet::network {
namespace {

/// Of a tensor's squares; several at a time, as each addition waits for the one before it.
double sum_of_squares(std::span<const float> values) {
  constexpr size_t kAtOnce = 8;
  std::array<double, kAtOnce> sums{};
  size_t i = 0;
  for (; i + kAtOnce <= values.size(); i += kAtOnce)
    for (size_t k = 0; k < kAtOnce; ++k) sums[k] += double{values[i + k]} * values[i + k];
  for (; i < values.size(); ++i) sums[0] += double{values[i]} * values[i];
  double sum = 0;
  for (const double one : sums) sum += one;
  return sum;
}

}  // namespace

Optimizer::Optimizer(const std::vector<graph::Parameter>& parameters, std::vector<Tensor>& tensors,
                     const LearningRule& rule)
    : rule_(rule) {
  NASNET_CHECK(tensors.size() == parameters.size());
  slots_.reserve(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const graph::Parameter& parameter = parameters[i];
    if (!parameter.trainable()) continue;
    Slot& slot = slots_.emplace_back();
    slot.name = parameter.name;
    slot.parameter = i;
    NASNET_CHECK(tensors[i].shape() == parameter.shape);
    slot.weight = &tensors[i];
    slot.velocity = Tensor(parameter.shape);
    slot.decayed = parameter.decayed() && rule.weight_decay > 0;
    slot.rate_share = rule.rate_share(i);
    if (rule.optimizer != LearningRule::Optimizer::kSgd) slot.mean_square = Tensor(parameter.shape);
    if (rule.optimizer == LearningRule::Optimizer::kRmsprop)
      std::ranges::fill(slot.mean_square.change(), 1.0f);
  }
}

/// Adds the decay to every gradient; the global norm of the result.
double Optimizer::add_decay(Contribution& gradients) const {
  const auto decay = static_cast<float>(rule_.weight_decay);
  double squares = 0;
  for (const Slot& slot : slots_) {
    const std::span<float> gradient = gradients.of(slot.parameter);
    const float* weight = slot.weight->data();
    if (slot.decayed && rule_.optimizer != LearningRule::Optimizer::kAdamw)
      for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += decay * weight[i];
    squares += sum_of_squares(gradient);
  }
  return std::sqrt(squares);
}

void Optimizer::descend(Slot& slot, Gradient g, double rate, double scale) const {
  const double momentum = rule_.momentum;
  const auto keep = static_cast<float>(momentum), share = static_cast<float>(scale);
  const auto far = static_cast<float>(rate * scale), on = static_cast<float>(rate * momentum);
  float* v = slot.velocity.change().data();
  float* w = slot.weight->change().data();
  for (size_t i = 0; i < g.size(); ++i) {
    v[i] = keep * v[i] + share * g[i];
    w[i] -= far * g[i] + on * v[i];
  }
}

void Optimizer::rmsprop(Slot& slot, Gradient g, double rate, double scale) const {
  const auto keep = static_cast<float>(rule_.momentum),
             kept = static_cast<float>(rule_.rmsprop_decay);
  const auto added = static_cast<float>((1 - rule_.rmsprop_decay) * scale * scale);
  const auto far = static_cast<float>(rate * scale);
  const auto epsilon = static_cast<float>(rule_.rmsprop_epsilon);
  float* s = slot.mean_square.change().data();
  float* v = slot.velocity.change().data();
  float* w = slot.weight->change().data();
  for (size_t i = 0; i < g.size(); ++i) {
    s[i] = kept * s[i] + added * g[i] * g[i];
    v[i] = keep * v[i] + far * g[i] / std::sqrt(s[i] + epsilon);
    w[i] -= v[i];
  }
}

void Optimizer::adamw(Slot& slot, Gradient g, double rate, double scale, int64_t steps) const {
  const double momentum = rule_.momentum, decay = rule_.adamw_decay;
  const auto keep = static_cast<float>(momentum), kept = static_cast<float>(decay);
  const auto added = static_cast<float>((1 - momentum) * scale);
  const auto added_square = static_cast<float>((1 - decay) * scale * scale);
  // Both averages start at zero, of which the corrections make up for.
  const double age = static_cast<double>(steps);
  const auto far = static_cast<float>(rate / (1 - std::pow(momentum, age)));
  const auto grown = static_cast<float>(1 / (1 - std::pow(decay, age)));
  const auto epsilon = static_cast<float>(rule_.adamw_epsilon);
  const auto left = static_cast<float>(slot.decayed ? 1 - rate * rule_.weight_decay : 1.0);
  float* s = slot.mean_square.change().data();
  float* v = slot.velocity.change().data();
  float* w = slot.weight->change().data();
  for (size_t i = 0; i < g.size(); ++i) {
    v[i] = keep * v[i] + added * g[i];
    s[i] = kept * s[i] + added_square * g[i] * g[i];
    w[i] = left * w[i] - far * v[i] / (std::sqrt(s[i] * grown) + epsilon);
  }
}

double Optimizer::step(Contribution& gradients, double rate, int64_t steps) {
  NASNET_CHECK(steps > 0, "steps are counted from 1");
  NASNET_CHECK(std::isfinite(rate) && rate >= 0, "schedules give a rate");
  const double norm = add_decay(gradients);
  if (!std::isfinite(norm)) return norm;
  const bool clipped = rule_.clip > 0 && norm > rule_.clip;
  // The scale goes into the updates, which saves a pass over the gradients.
  const double scale = clipped ? rule_.clip / norm : 1.0;
  for (Slot& slot : slots_) {
    const std::span<float> gradient = gradients.of(slot.parameter);
    const double own_rate = rate * slot.rate_share;
    switch (rule_.optimizer) {
      case LearningRule::Optimizer::kSgd:
        descend(slot, gradient, own_rate, scale);
        break;
      case LearningRule::Optimizer::kRmsprop:
        rmsprop(slot, gradient, own_rate, scale);
        break;
      case LearningRule::Optimizer::kAdamw:
        adamw(slot, gradient, own_rate, scale, steps);
    }
    std::ranges::fill(gradient, 0.0f);
  }
  return norm;
}

std::string Optimizer::mean_square_name(const Slot& slot) const {
  const bool adamw = rule_.optimizer == LearningRule::Optimizer::kAdamw;
  return slot.name + (adamw ? "/AdamW" : "/RMSProp");
}

std::vector<NamedTensor> Optimizer::state() const {
  std::vector<NamedTensor> named;
  for (const Slot& slot : slots_) {
    named.push_back({slot.name, &slot.velocity});
    if (slot.mean_square.defined()) named.push_back({mean_square_name(slot), &slot.mean_square});
  }
  return named;
}

void Optimizer::set_state(const std::vector<Tensor>& values) {
  std::vector<Tensor*> targets;
  for (Slot& slot : slots_) {
    targets.push_back(&slot.velocity);
    if (slot.mean_square.defined()) targets.push_back(&slot.mean_square);
  }
  replace_all(targets, values);
}

}  // namespace nasnet::network
