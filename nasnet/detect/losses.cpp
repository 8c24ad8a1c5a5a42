#include "nasnet/detect/losses.h"

#include <cmath>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/network/cross_entropy.h"

// Losses with their derivatives, one value at a time and in double: a step has few of them beside
// the values of the network, and each is finite for any finite output.

namespace nasnet::detect {

LossAt binary_cross_entropy(float logit, bool object) {
  const double x = logit;
  const double tail = std::exp(-std::abs(x));  // never overflows
  const double sigmoid = x >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
  const double target = object ? 1 : 0;
  return {std::fmax(x, 0) - x * target + std::log1p(tail), sigmoid - target};
}

LossAt smooth_l1(float difference, double beta) {
  const double d = difference, size = std::abs(d);
  // With beta 0 never, so that nothing is divided by it.
  if (size < beta) return {d * d / (2 * beta), d / beta};
  return {size - beta / 2, d > 0 ? 1.0 : d < 0 ? -1.0 : 0.0};
}

double softmax_cross_entropy(std::span<const float> logits, int label, double weight,
                             std::span<float> gradient) {
  NASNET_CHECK(
      label >= 0 && static_cast<size_t>(label) < logits.size() && gradient.size() == logits.size(),
      "a label is one of the classes");
  const std::vector<double> logarithms = network::log_softmax(logits);
  for (size_t k = 0; k < logits.size(); ++k) {
    const double target = static_cast<int>(k) == label ? 1 : 0;
    gradient[k] += static_cast<float>(weight * (std::exp(logarithms[k]) - target));
  }
  return -logarithms[static_cast<size_t>(label)];
}

}  // namespace nasnet::detect
