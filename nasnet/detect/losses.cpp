#include "nasnet/detect/losses.h"

#include <cmath>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/network/cross_entropy.h"

// Losses with their derivatives, one value at a time and in double: a step has few of them beside
// the values of the network, and each is finite for any finite output.

namespace nasnet::detect {

namespace {

/// Of a logit whose sign says how sure the truth is.
struct Sigmoid {
  explicit Sigmoid(double logit) {
    const double tail = std::exp(-std::abs(logit));  // never overflows
    const double more = 1 / (1 + tail), less = tail / (1 + tail);
    right = logit >= 0 ? more : less;
    wrong = logit >= 0 ? less : more;
    cross_entropy = std::fmax(-logit, 0) + std::log1p(tail);
  }
  double right, wrong;   // probabilities, both with all their digits
  double cross_entropy;  // -log(right)
};

}  // namespace

std::vector<Tensor> zeros_like(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> zeros;
  for (const Tensor& tensor : tensors) zeros.emplace_back(tensor.shape());
  return zeros;
}

LossAt binary_cross_entropy(double logit, bool object) {
  const double sign = object ? 1 : -1;
  const Sigmoid sigmoid(sign * logit);
  return {sigmoid.cross_entropy, -sign * sigmoid.wrong};
}

LossAt focal_loss(double logit, bool object, const FocalSettings& settings) {
  const double sign = object ? 1 : -1;
  const Sigmoid sigmoid(sign * logit);
  const double side = object ? settings.alpha : 1 - settings.alpha;
  const double factor = (settings.alpha < 0 ? 1 : side) * std::pow(sigmoid.wrong, settings.gamma);
  return {
      factor * sigmoid.cross_entropy,
      -sign * factor * (settings.gamma * sigmoid.right * sigmoid.cross_entropy + sigmoid.wrong)};
}

LossAt smooth_l1(double difference, double beta) {
  const double size = std::abs(difference);
  // With beta 0 never, so that nothing is divided by it.
  if (size < beta) return {difference * difference / (2 * beta), difference / beta};
  return {size - beta / 2, difference > 0 ? 1.0 : difference < 0 ? -1.0 : 0.0};
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
