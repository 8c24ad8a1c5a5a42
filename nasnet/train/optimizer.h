#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nasnet/network/network.h"
#include "nasnet/network/weights.h"
#include "nasnet/train/settings.h"

namespace nasnet::train {

/// Updates a network's trainable tensors by their gradients. First, for either rule,
///     g <- gradient + weight_decay * w   (weights only, as TF-slim's L2 regulariser)
///     g <- g * min(1, clip / |g|)        (global norm over all tensors)
/// and then, where settings.optimizer is "sgd": gradient descent with Nesterov momentum,
///     v <- momentum * v + g
///     w <- w - rate * (g + momentum * v)
/// or where it is "rmsprop": TensorFlow's RMSProp (spec 4.7), s starting at one,
///     s <- decay * s + (1 - decay) * g^2
///     v <- momentum * v + rate * g / sqrt(s + epsilon)
///     w <- w - v
class Optimizer {
 public:
  Optimizer(network::Network& network, const TrainSettings& settings);

  /// Applies the gradients of the last backward pass and lets them go. Returns their global norm,
  /// decay included, before clipping.
  double step(double rate);
  /// The same with a norm that is still on its device: for GPUs, which reading it would hold up.
  at::Tensor step_without_waiting(double rate);

  /// All that the next steps depend on, as in a checkpoint: v under its parameter's NAME and, of
  /// RMSProp, s under NAME/RMSProp.
  std::vector<network::NamedTensor> state() const;

 private:
  struct Slot {
    std::string name;
    at::Tensor weight, velocity;
    at::Tensor mean_square;  // of RMSProp, else undefined
    bool decayed;
  };
  static at::Tensor& gradient_of(Slot& slot);
  at::Tensor add_decay();
  double add_decay_here();
  void descend(Slot& slot, const at::Tensor& gradient, double rate, double scale) const;
  void rmsprop(Slot& slot, const at::Tensor& gradient, double rate, double scale) const;

  TrainSettings settings_;
  std::vector<Slot> slots_;
};

}  // namespace nasnet::train
