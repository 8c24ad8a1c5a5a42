// Softmax cross-entropy with label smoothing (Szegedy et al. 2016, section 7), and its gradient in
// the same pass: softmax(x) - target. In doubles, as a batch's loss is a small difference of large
// sums.

#include "nasnet/network/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/check.h"

namespace nasnet::network {

std::vector<double> log_softmax(std::span<const float> logits) {
  NASNET_CHECK(!logits.empty());
  const double most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - most);
  const double norm = most + std::log(sum);
  std::vector<double> result;
  result.reserve(logits.size());
  for (const float logit : logits) result.push_back(logit - norm);
  return result;
}

std::span<const float> logits_of(const Tensor& logits, int64_t n) {
  const int64_t classes = logits.extent(1);
  return logits.values().subspan(n * classes, classes);
}

int64_t largest(std::span<const float> logits) {
  return std::max_element(logits.begin(), logits.end()) - logits.begin();
}

PartResult cross_entropy(const Tensor& logits, const Truths& truths, double smoothing,
                         double weight, Tensor& gradient) {
  const int64_t images = logits.extent(0), classes = logits.extent(1);
  const auto of_each = [&](auto all) { return std::ssize(all) == images; };
  const bool mixed = !truths.others.empty();
  NASNET_CHECK(images > 0 && of_each(truths.labels), "a label an image");
  NASNET_CHECK(!mixed || (of_each(truths.others) && of_each(truths.shares)), "or two");
  NASNET_CHECK(smoothing >= 0 && smoothing < 1 && std::isfinite(weight), "finite settings");
  const double everywhere = smoothing / static_cast<double>(classes);
  const double scale = weight / static_cast<double>(images);
  gradient = Tensor(logits.shape());
  float* slope = gradient.change().data();
  PartResult result;
  for (int64_t n = 0; n < images; ++n) {
    const int64_t label = truths.labels[n], other = mixed ? truths.others[n] : label;
    const double share = mixed ? truths.shares[n] : 1;
    NASNET_CHECK(label >= 0 && label < classes && other >= 0 && other < classes,
                 "labels are classes of the network");
    const std::span<const float> row = logits_of(logits, n);
    const std::vector<double> log_p = log_softmax(row);
    for (int64_t k = 0; k < classes; ++k) {
      double target = everywhere;
      if (k == label) target += share * (1 - smoothing);
      if (mixed && k == other) target += (1 - share) * (1 - smoothing);
      const double log_p_k = log_p[k];
      if (target > 0) result.loss -= target * log_p_k;
      *slope++ = static_cast<float>(scale * (std::exp(log_p_k) - target));
    }
    result.correct += largest(row) == label;
  }
  result.loss /= static_cast<double>(images);
  return result;
}

}  // namespace nasnet::network
