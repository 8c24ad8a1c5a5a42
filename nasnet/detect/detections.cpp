#include "nasnet/detect/detections.h"

#include <algorithm>
#include <cmath>

#include "nasnet/boxes/coder.h"
#include "nasnet/boxes/nms.h"

// From the second stage's values to detections. An export's check gives these the file's values.

namespace nasnet::detect {

using boxes::Box;

std::vector<Detected> judge(const std::vector<Box>& regions, const float* scores,
                            const float* codes, const data::ImageSize& content, float least,
                            int classes) {
  std::vector<Detected> judged;
  for (size_t k = 0; k < regions.size(); ++k) {
    const float* logits = scores + k * static_cast<size_t>(classes + 1);
    // In double, and less the largest logit, so that no exponential overflows.
    const double largest = *std::max_element(logits, logits + classes + 1);
    double sum = 0;
    for (int c = 0; c <= classes; ++c) sum += std::exp(logits[c] - largest);
    for (int c = 0; c < classes; ++c) {
      const auto probability = static_cast<float>(std::exp(logits[c + 1] - largest) / sum);
      // Written so that a NaN is dropped, too: it would upset the order of scores.
      if (!(probability > least)) continue;
      const float* code = codes + 4 * (k * static_cast<size_t>(classes) + static_cast<size_t>(c));
      const Box box = boxes::clip(
          boxes::decode({code[0], code[1], code[2], code[3]}, regions[k], boxes::kProposalWeights),
          static_cast<float>(content.width), static_cast<float>(content.height));
      judged.push_back({box, c, probability});
    }
  }
  return judged;
}

std::vector<Detected> choose(const std::vector<Detected>& judged, const DetectionSettings& wanted) {
  std::vector<Detected> found;
  std::vector<Box> boxes;
  std::vector<float> scores;
  std::vector<int> labels;
  for (const Detected& one : judged) {
    if (!boxes::has_edges(one.box, wanted.smallest)) continue;
    found.push_back(one);
    boxes.push_back(one.box);
    scores.push_back(one.score);
    labels.push_back(one.label);
  }
  const std::vector<int> best =
      wanted.nms_classes == NmsClasses::kAll
          ? boxes::nms(boxes, scores, wanted.overlap, wanted.most)
          : boxes::nms_by_class(boxes, scores, labels, wanted.overlap, wanted.most);
  std::vector<Detected> kept;
  for (const int index : best) kept.push_back(found[static_cast<size_t>(index)]);
  return kept;
}

}  // namespace nasnet::detect
