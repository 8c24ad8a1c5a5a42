#pragma once

#include <span>
#include <string>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/network/contribution.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// Updates trainable tensors by their gradients, each at its share of the rate. First, for any
/// rule,
///     g <- gradient + weight_decay * w   (weights only, as TF-slim's L2 regulariser; not AdamW)
///     g <- g * min(1, clip / |g|)        (global norm over all tensors)
/// and then gradient descent with Nesterov momentum,
///     v <- momentum * v + g
///     w <- w - rate * (g + momentum * v)
/// or TensorFlow's RMSProp, s starting at one,
///     s <- decay * s + (1 - decay) * g^2
///     v <- momentum * v + rate * g / sqrt(s + epsilon)
///     w <- w - v
/// or AdamW (Loshchilov & Hutter, ICLR 2019), v and s starting at zero, in step t,
///     v <- momentum * v + (1 - momentum) * g
///     s <- decay * s + (1 - decay) * g^2
///     w <- w - rate * weight_decay * w   (weights only)
///     w <- w - rate * v / (1 - momentum^t) / (sqrt(s / (1 - decay^t)) + epsilon)
class Optimizer {
 public:
  /// `tensors`: one for each parameter; they must live as long.
  Optimizer(const std::vector<graph::Parameter>& parameters, std::vector<Tensor>& tensors,
            const LearningRule& rule);

  /// Updates the weights and makes the gradients zeros. `steps`: their number with this one.
  /// Returns the gradients' global norm, decay included, before clipping; where that is not finite,
  /// no weight is updated.
  double step(Contribution& gradients, double rate, int64_t steps);

  /// See Learner.
  std::vector<NamedTensor> state() const;
  void set_state(const std::vector<Tensor>& values);

 private:
  struct Slot {
    std::string name;
    size_t parameter;
    Tensor* weight;
    Tensor velocity;
    Tensor mean_square;  // of RMSProp and AdamW, else undefined
    bool decayed;
    double rate_share;
  };
  using Gradient = std::span<const float>;
  double add_decay(Contribution& gradients) const;
  void descend(Slot& slot, Gradient gradient, double rate, double scale) const;
  void rmsprop(Slot& slot, Gradient gradient, double rate, double scale) const;
  void adamw(Slot& slot, Gradient gradient, double rate, double scale, int64_t steps) const;
  std::string mean_square_name(const Slot& slot) const;

  LearningRule rule_;
  std::vector<Slot> slots_;
};

}  // namespace nasnet::network
