#pragma once

#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/graph/graph.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// Updates trainable tensors by their gradients. First, for any rule,
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

  /// Where a pass adds the gradients.
  const fused::GradientPlaces& places() const { return places_; }

  /// Updates the weights and clears the gradients. `steps`: their number with this one. Returns the
  /// gradients' global norm, decay included, before clipping; where that is not finite, nothing is
  /// updated.
  double step(double rate, int64_t steps);

  /// See Learner.
  std::vector<NamedTensor> state() const;
  void set_state(const std::vector<Tensor>& values);

 private:
  struct Slot {
    std::string name;
    Tensor* weight;
    Tensor gradient, velocity;
    Tensor mean_square;  // of RMSProp and AdamW, else undefined
    bool decayed;
  };
  double add_decay();
  void descend(Slot& slot, double rate, double scale) const;
  void rmsprop(Slot& slot, double rate, double scale) const;
  void adamw(Slot& slot, double rate, double scale, int64_t steps) const;
  std::string mean_square_name(const Slot& slot) const;

  LearningRule rule_;
  std::vector<Slot> slots_;
  fused::GradientPlaces places_;
};

}  // namespace nasnet::network
