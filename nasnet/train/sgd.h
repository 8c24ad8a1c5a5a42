#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nasnet/network/network.h"
#include "nasnet/network/weights.h"
#include "nasnet/train/settings.h"

namespace nasnet::train {

/// lr(t) = 0.5 lr0 (1 + cos(pi t / T)): a single period of the cosine, down to zero (spec 4.7).
double cosine_rate(double initial, int64_t step, int64_t total_steps);

/// Stochastic gradient descent with Nesterov momentum over a network's trainable tensors:
///     g <- gradient + decay * w        (weights only, as TF-slim's L2 regulariser)
///     g <- g * min(1, clip / |g|)      (global norm over all tensors)
///     v <- momentum * v + g
///     w <- w - rate * (g + momentum * v)
class Sgd {
 public:
  Sgd(network::Network& network, const TrainSettings& settings);

  /// Applies the gradients of the last backward pass and lets them go. Returns their global norm,
  /// decay included, before clipping.
  double step(double rate);
  /// The same without reading the norm back from the device: for GPUs, which would stand still.
  void step_without_waiting(double rate);

  /// The momentum buffers, named after their parameters.
  std::vector<network::NamedTensor> state() const;

 private:
  struct Slot {
    std::string name;
    at::Tensor weight, velocity;
    bool decayed;
  };
  at::Tensor add_decay();

  TrainSettings settings_;
  std::vector<Slot> slots_;
};

}  // namespace nasnet::train
