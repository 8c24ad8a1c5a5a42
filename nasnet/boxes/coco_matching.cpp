#include "nasnet/boxes/coco_matching.h"

#include <algorithm>

// Matching as in cocoapi's COCOeval.evaluateImg(): IoUs once for all ranges and thresholds, then
// for each of both a walk by score. Ties and crowds go as there, to the last digit, since a single
// match changes the numbers.

namespace nasnet::boxes {
namespace {

/// IoU in the official code's order of operations; with a crowd the detection's share that lies in
/// it.
double overlap_of(const Detection& detection, const TruthObject& object) {
  return object.crowd ? covered(detection.box, object.box) : iou(detection.box, object.box);
}

}  // namespace

bool counts(const TruthObject& object, SizeRange size) {
  return !object.crowd && !object.ignored &&
         kAreaLimits[static_cast<size_t>(size)].holds(object.area);
}

void Matching::overlap(std::span<const TruthObject> objects,
                       std::span<const Detection> detections) {
  overlaps_.clear();
  candidates_.clear();
  for (int d = 0; d < static_cast<int>(detections.size()); ++d) {
    double most = 0;
    for (const TruthObject& object : objects) {
      overlaps_.push_back(overlap_of(detections[d], object));
      most = std::max(most, overlaps_.back());
    }
    // Those that overlap no object enough for the lowest threshold are wrong at all of them.
    if (most >= iou_threshold(0)) candidates_.push_back(d);
  }
}

void Matching::match_at(SizeRange size, int threshold, std::span<const TruthObject> objects) {
  const int count = static_cast<int>(objects.size());
  const auto range = static_cast<size_t>(size);
  const auto bit = static_cast<uint16_t>(1U << threshold);
  taken_.assign(objects.size(), 0);
  for (const int d : candidates_) {
    const double* overlaps = overlaps_.data() + int64_t{d} * count;
    // An overlap of 1 may come out a little below it.
    double bar = std::min(iou_threshold(threshold), 1 - 1e-10);
    int match = -1;
    for (int place = 0; place < count; ++place) {
      // Ignored objects are for detections that have found none that counts.
      if (place == counting_ && match >= 0) break;
      const int object = order_[place];
      if (taken_[object] && !objects[object].crowd) continue;
      if (overlaps[object] < bar) continue;
      bar = overlaps[object];
      match = object;
    }
    if (match < 0) continue;
    // Found is any match; one with an ignored object counts neither for the detection nor against
    // it.
    taken_[match] = 1;
    outcomes_[d].found[range] |= bit;
    if (counts(objects[match], size)) {
      outcomes_[d].ignored[range] &= static_cast<uint16_t>(~bit);
    } else {
      outcomes_[d].ignored[range] |= bit;
    }
  }
}

std::span<const Outcome> Matching::match(std::span<const TruthObject> objects,
                                         std::span<const Detection> detections) {
  constexpr uint16_t kAtAll = (1U << kIouCount) - 1;
  outcomes_.assign(detections.size(), {});
  for (size_t d = 0; d < detections.size(); ++d)
    for (size_t range = 0; range < kSizeCount; ++range)
      if (!kAreaLimits[range].holds(detections[d].box.area())) outcomes_[d].ignored[range] = kAtAll;

  overlap(objects, detections);
  if (candidates_.empty()) return outcomes_;
  for (int range = 0; range < kSizeCount; ++range) {
    const auto size = static_cast<SizeRange>(range);
    order_.resize(objects.size());
    for (size_t k = 0; k < order_.size(); ++k) order_[k] = static_cast<int>(k);
    // Stable: within both groups the file's order decides between equal overlaps.
    const auto others = std::stable_partition(
        order_.begin(), order_.end(), [&](int object) { return counts(objects[object], size); });
    counting_ = static_cast<int>(others - order_.begin());
    for (int threshold = 0; threshold < kIouCount; ++threshold) match_at(size, threshold, objects);
  }
  return outcomes_;
}

}  // namespace nasnet::boxes
