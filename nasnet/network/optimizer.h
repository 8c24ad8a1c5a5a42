#pragma once

#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/graph/graph.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// Updates trainable tensors by their gradients. First, for either rule,
///     g <- gradient + weight_decay * w   (weights only, as TF-slim's L2 regulariser)
///     g <- g * min(1, clip / |g|)        (global norm over all tensors)
/// and then gradient descent with Nesterov momentum,
///     v <- momentum * v + g
///     w <- w - rate * (g + momentum * v)
/// or TensorFlow's RMSProp, s starting at one,
///     s <- decay * s + (1 - decay) * g^2
///     v <- momentum * v + rate * g / sqrt(s + epsilon)
///     w <- w - v
class Optimizer {
 public:
  /// `tensors`: one for each of the graph's parameters; they must live as long.
  Optimizer(const graph::Graph& graph, std::vector<Tensor>& tensors, const LearningRule& rule);

  /// Where a pass adds the gradients.
  const fused::GradientPlaces& places() const { return places_; }

  /// Updates the weights and clears the gradients. Returns their global norm, decay included,
  /// before clipping; where that is not finite, nothing is updated.
  double step(double rate);

  /// See Learner.
  std::vector<NamedTensor> state() const;
  void set_state(const std::vector<Tensor>& values);

 private:
  struct Slot {
    std::string name;
    Tensor* weight;
    Tensor gradient, velocity;
    Tensor mean_square;  // of RMSProp, else undefined
    bool decayed;
  };
  double add_decay();
  void descend(Slot& slot, double rate, double scale) const;
  void rmsprop(Slot& slot, double rate, double scale) const;

  LearningRule rule_;
  std::vector<Slot> slots_;
  fused::GradientPlaces places_;
};

}  // namespace nasnet::network
