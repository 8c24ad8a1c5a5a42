#pragma once

#include <span>
#include <vector>

#include "nasnet/base/tensor.h"

namespace nasnet::detect {

/// Tensors of the same shapes, for gradients to be added to.
std::vector<Tensor> zeros_like(const std::vector<Tensor>& tensors);

/// A loss and its derivative.
struct LossAt {
  double value = 0, slope = 0;
};

/// -log of the probability that the sigmoid of `logit` gives to the truth; finite for any logit.
LossAt binary_cross_entropy(double logit, bool object);

/// How much less is made of what is easy: see focal_loss().
struct FocalSettings {
  double alpha = 0.25;  ///< weight of objects, 1 - alpha is that of background; below 0: 1 of both
  double gamma = 2;     ///< 0 makes nothing of it
};

/// The binary cross-entropy times the probability of being wrong to the power of gamma, and times
/// its side's weight (Lin et al., "Focal loss for dense object detection", ICCV 2017).
LossAt focal_loss(double logit, bool object, const FocalSettings& settings);

/// d^2 / (2 beta) up to a difference of beta, then |d| - beta / 2 (Girshick, "Fast R-CNN", ICCV
/// 2015); |d| where beta is 0.
LossAt smooth_l1(double difference, double beta);

/// -log of the probability that the softmax of the logits gives to `label`. Adds `weight` times the
/// derivative by each logit to `gradient`.
double softmax_cross_entropy(std::span<const float> logits, int label, double weight,
                             std::span<float> gradient);

}  // namespace nasnet::detect
