#include "nasnet/boxes/confusion.h"

#include <algorithm>

// The confusion of classes at one threshold. COCO's metric cannot tell it: there detections of a
// class see the objects of that class alone.

namespace nasnet::boxes {
namespace {

/// Annotations and detections of one image.
struct ImageContent {
  std::vector<const TruthObject*> objects, ignored;
  std::vector<const Detection*> detections;
};

std::vector<ImageContent> by_image(const Truth& truth, const std::vector<Detection>& detections) {
  std::vector<ImageContent> images(truth.images.size());
  for (const TruthObject& object : truth.objects) {
    ImageContent& image = images[static_cast<size_t>(object.image)];
    (object.crowd || object.ignored ? image.ignored : image.objects).push_back(&object);
  }
  for (const Detection& detection : detections)
    if (detection.score >= kConfusionScore)
      images[static_cast<size_t>(detection.image)].detections.push_back(&detection);
  return images;
}

/// Takes the object that the box overlaps most off the list; null where none is overlapped enough.
const TruthObject* take_best(const Rectangle& box, std::vector<const TruthObject*>& left) {
  auto best = left.end();
  double most = 0;
  for (auto object = left.begin(); object != left.end(); ++object) {
    const double overlap = iou(box, (*object)->box);
    if (overlap < kConfusionIou || overlap <= most) continue;
    most = overlap;
    best = object;
  }
  if (best == left.end()) return nullptr;
  const TruthObject* taken = *best;
  left.erase(best);
  return taken;
}

bool is_ignored(const Rectangle& box, const std::vector<const TruthObject*>& ignored) {
  return std::ranges::any_of(ignored, [&](const TruthObject* object) {
    return (object->crowd ? covered(box, object->box) : iou(box, object->box)) >= kConfusionIou;
  });
}

}  // namespace

int64_t Confusion::count(int truth, int found) const {
  const auto entry = counts.find({truth, found});
  return entry == counts.end() ? 0 : entry->second;
}

Confusion confuse(const Truth& truth, const std::vector<Detection>& detections) {
  Confusion confusion;
  for (ImageContent& image : by_image(truth, detections)) {
    std::ranges::stable_sort(image.detections, std::greater(), &Detection::score);
    for (const Detection* detection : image.detections) {
      if (const TruthObject* object = take_best(detection->box, image.objects))
        ++confusion.counts[{object->category, detection->category}];
      else if (!is_ignored(detection->box, image.ignored))
        ++confusion.counts[{kNoClass, detection->category}];
    }
    for (const TruthObject* missed : image.objects)
      ++confusion.counts[{missed->category, kNoClass}];
  }
  return confusion;
}

}  // namespace nasnet::boxes
