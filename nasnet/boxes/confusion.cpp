#include "nasnet/boxes/confusion.h"

#include <algorithm>

// The greedy matching of COCO's metric, but across classes.

namespace nasnet::boxes {
namespace {

/// Of an image's objects, and which of them were taken.
class ImageMatch {
 public:
  void add(const TruthObject& object) { objects_.push_back(&object); }

  /// The object that the detection takes, or null.
  const TruthObject* take(const Detection& detection) {
    taken_.resize(objects_.size());
    size_t best = objects_.size();
    double most = kConfusionIou;
    for (size_t k = 0; k < objects_.size(); ++k) {
      if (taken_[k] || objects_[k]->crowd || objects_[k]->ignored) continue;
      const double shared = iou(detection.box, objects_[k]->box);
      if (shared < most || (best < objects_.size() && shared == most)) continue;
      best = k;
      most = shared;
    }
    if (best == objects_.size()) return nullptr;
    taken_[best] = true;
    return objects_[best];
  }
  /// True for a detection in a crowd or on an ignored object.
  bool is_ignored(const Detection& detection) const {
    return std::ranges::any_of(objects_, [&](const TruthObject* object) {
      if (object->crowd) return covered(detection.box, object->box) >= kConfusionIou;
      return object->ignored && iou(detection.box, object->box) >= kConfusionIou;
    });
  }
  template <class Visit>
  void each_missed(Visit visit) {
    taken_.resize(objects_.size());
    for (size_t k = 0; k < objects_.size(); ++k)
      if (!taken_[k] && !objects_[k]->crowd && !objects_[k]->ignored) visit(*objects_[k]);
  }

 private:
  std::vector<const TruthObject*> objects_;
  std::vector<bool> taken_;
};

}  // namespace

Confusion confuse(const Truth& truth, const std::vector<Detection>& found) {
  Confusion confusion;
  confusion.classes = static_cast<int>(truth.categories.size());
  const int none = confusion.classes;
  confusion.counts.resize(static_cast<size_t>((none + 1) * (none + 1)));
  const auto count = [&](int row, int column) {
    ++confusion.counts[static_cast<size_t>(row * (none + 1) + column)];
  };
  std::vector<ImageMatch> images(truth.images.size());
  for (const TruthObject& object : truth.objects)
    images[static_cast<size_t>(object.image)].add(object);
  std::vector<const Detection*> best_first;
  for (const Detection& one : found)
    if (one.score >= kConfusionScore) best_first.push_back(&one);
  std::ranges::stable_sort(best_first, std::greater(), &Detection::score);
  for (const Detection* one : best_first) {
    ImageMatch& image = images[static_cast<size_t>(one->image)];
    if (const TruthObject* object = image.take(*one)) {
      count(object->category, one->category);
    } else if (!image.is_ignored(*one)) {
      count(none, one->category);
    }
  }
  for (ImageMatch& image : images)
    image.each_missed([&](const TruthObject& object) { count(object.category, none); });
  return confusion;
}

}  // namespace nasnet::boxes
