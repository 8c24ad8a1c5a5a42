#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// log softmax of one image's logits, in float64.
std::vector<double> log_softmax(std::span<const float> logits);

/// Image n of N x classes.
std::span<const float> logits_of(const Tensor& logits, int64_t n);

/// The class of the largest logit, the first of several.
int64_t largest(std::span<const float> logits);

/// The mean over the images of
///     -(1 - smoothing) log p_label - smoothing / classes * sum over the classes of log p
/// (Szegedy et al., CVPR 2016, section 7), and how many of the largest logits are the label's. Of
/// mixed images log p_label is the mean of both classes' by their shares. `gradient` becomes
/// `weight` times that of the mean.
PartResult cross_entropy(const Tensor& logits, const Truths& truths, double smoothing,
                         double weight, Tensor& gradient);

}  // namespace nasnet::network
