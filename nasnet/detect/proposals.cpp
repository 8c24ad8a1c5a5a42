#include "nasnet/detect/proposals.h"

#include <algorithm>
#include <span>

#include "nasnet/base/check.h"
#include "nasnet/boxes/coder.h"
#include "nasnet/boxes/nms.h"
#include "nasnet/detect/losses.h"

// The first stage after the network (Ren et al., 2015, section 3.1): decode the best anchors of
// each level, clip, drop what is too small, suppress; and in training the match, the losses and
// their derivatives, which go straight into the gradients of the outputs.

namespace nasnet::detect {

using boxes::Box;

ProposalStage::ProposalStage(const ProposalSettings& settings, const DenseGraph& dense)
    : settings_(settings) {
  NASNET_CHECK(settings.anchors.size() == static_cast<size_t>(dense.levels()),
               "every level has anchors");
  for (int k = 0; k < dense.levels(); ++k) {
    const auto output = static_cast<size_t>(dense.objectness(k));
    const graph::Shape& map =
        dense.graph.operators[static_cast<size_t>(dense.outputs[output])].output;
    const boxes::AnchorSettings& of_level = settings.anchors[static_cast<size_t>(k)];
    NASNET_CHECK(map.channels == of_level.per_place(), "a logit an anchor");
    const auto stride = static_cast<float>(dense.strides[static_cast<size_t>(k)]);
    // In the order of the map's values, so that an anchor's number is the place of its logit.
    const std::vector<Box> anchors =
        boxes::make_anchors(of_level, {map.height, map.width, stride, stride});
    levels_.push_back({static_cast<int>(anchors_.size()), static_cast<int>(anchors.size()),
                       dense.objectness(k), dense.codes(k)});
    anchors_.insert(anchors_.end(), anchors.begin(), anchors.end());
  }
}

/// The level that an anchor's number belongs to.
const ProposalStage::Level& ProposalStage::level_of(int anchor) const {
  size_t k = levels_.size() - 1;
  while (levels_[k].first > anchor) --k;
  return levels_[k];
}

std::vector<Box> ProposalStage::propose(const std::vector<Tensor>& outputs, int64_t n,
                                        const data::ImageSize& content, bool training) const {
  std::vector<Box> regions;
  std::vector<float> scores;
  std::vector<int> levels;  // regions of different levels do not suppress each other
  for (size_t k = 0; k < levels_.size(); ++k) {
    const Level& level = levels_[k];
    const auto count = static_cast<size_t>(level.count);
    const std::span<const float> logits =
        outputs[static_cast<size_t>(level.objectness)].values().subspan(
            static_cast<size_t>(n) * count, count);
    const float* codes = outputs[static_cast<size_t>(level.codes)].data() + 4 * n * level.count;
    const int most = training ? settings_.per_level_training : settings_.per_level;
    // By logits: the sigmoid keeps their order, and rounds the largest to equal ones.
    for (const int place : boxes::best_first(logits, most)) {
      const float* code = codes + 4 * place;
      const Box region = boxes::clip(
          boxes::decode({code[0], code[1], code[2], code[3]},
                        anchors_[static_cast<size_t>(level.first + place)], settings_.weights),
          static_cast<float>(content.width), static_cast<float>(content.height));
      if (!boxes::has_edges(region, settings_.smallest)) continue;
      regions.push_back(region);
      scores.push_back(logits[static_cast<size_t>(place)]);
      levels.push_back(static_cast<int>(k));
    }
  }
  const int most = training ? settings_.kept_training : settings_.kept;
  std::vector<Box> kept;
  for (const int index : boxes::nms_by_class(regions, scores, levels, settings_.overlap, most))
    kept.push_back(regions[static_cast<size_t>(index)]);
  return kept;
}

std::vector<int> ProposalStage::match(const Target& target, const data::ImageSize& content) const {
  if (!settings_.inside_only)
    return boxes::match(anchors_, target.objects, target.crowds, settings_.match);
  const auto width = static_cast<float>(content.width), height = static_cast<float>(content.height);
  // Matched among themselves, so that an object is rescued by an anchor within the image.
  std::vector<Box> inside;
  std::vector<size_t> places;
  for (size_t k = 0; k < anchors_.size(); ++k) {
    const Box& anchor = anchors_[k];
    if (anchor != boxes::clip(anchor, width, height)) continue;
    inside.push_back(anchor);
    places.push_back(k);
  }
  const std::vector<int> matches =
      boxes::match(inside, target.objects, target.crowds, settings_.match);
  std::vector<int> all(anchors_.size(), boxes::kIgnored);
  for (size_t k = 0; k < places.size(); ++k) all[places[k]] = matches[k];
  return all;
}

ProposalStage::Losses ProposalStage::add_losses(const std::vector<Tensor>& outputs, int64_t n,
                                                const Target& target,
                                                const std::vector<int>& matches,
                                                const boxes::Sample& sample, double weight,
                                                double share, std::vector<Tensor>& above) const {
  Losses sum;
  const auto add_objectness = [&](int anchor, bool object) {
    const Level& level = level_of(anchor);
    const auto output = static_cast<size_t>(level.objectness);
    const auto place = static_cast<size_t>(n * level.count + anchor - level.first);
    const LossAt loss = binary_cross_entropy(outputs[output].data()[place], object);
    sum.objectness += weight * loss.value;
    above[output].change()[place] += static_cast<float>(share * weight * loss.slope);
  };
  // Background has no place to learn: objectness alone.
  for (const int anchor : sample.background) add_objectness(anchor, false);
  for (const int anchor : sample.objects) {
    add_objectness(anchor, true);
    const Level& level = level_of(anchor);
    const auto output = static_cast<size_t>(level.codes);
    const auto place = 4 * static_cast<size_t>(n * level.count + anchor - level.first);
    const int object = matches[static_cast<size_t>(anchor)];
    const float* code = outputs[output].data() + place;
    const LossAtFour loss =
        box_loss(settings_.box_loss, {code[0], code[1], code[2], code[3]},
                 anchors_[static_cast<size_t>(anchor)], target.objects[static_cast<size_t>(object)],
                 settings_.weights);
    sum.codes += weight * loss.value;
    for (size_t k = 0; k < 4; ++k)
      above[output].change()[place + k] += static_cast<float>(share * weight * loss.slope[k]);
  }
  return sum;
}

}  // namespace nasnet::detect
