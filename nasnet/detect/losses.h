#pragma once

#include <span>

namespace nasnet::detect {

/// A loss and its derivative.
struct LossAt {
  double value = 0, slope = 0;
};

/// -log of the probability that the sigmoid of `logit` gives to the truth; finite for any logit.
LossAt binary_cross_entropy(float logit, bool object);

/// d^2 / (2 beta) up to a difference of beta, then |d| - beta / 2 (Girshick, "Fast R-CNN", ICCV
/// 2015); |d| where beta is 0.
LossAt smooth_l1(float difference, double beta);

/// -log of the probability that the softmax of the logits gives to `label`. Adds `weight` times the
/// derivative by each logit to `gradient`.
double softmax_cross_entropy(std::span<const float> logits, int label, double weight,
                             std::span<float> gradient);

}  // namespace nasnet::detect
