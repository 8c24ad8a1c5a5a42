#include "nasnet/detect/evaluate_detector.h"

#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"

// A detector's results for COCO's metric, in the form that files are read into. One image at a time
// on a canvas of its own: in a batch others would widen it, and results would depend on them.

namespace nasnet::detect {

boxes::Truth truth_of(const boxes::DetectionSet& set, const boxes::DetectionSplit& split) {
  boxes::Truth truth;
  truth.file = set.source;
  for (const boxes::Category& category : set.categories) {
    truth.categories.push_back(category.id);
    truth.names.push_back(category.name);
  }
  for (const boxes::DetectionImage& image : split.images) {
    const int index = static_cast<int>(truth.images.size());
    truth.images.push_back(image.id);
    for (const boxes::Object& object : image.objects)
      truth.objects.push_back({.image = index,
                               .category = object.label,
                               .crowd = object.crowd,
                               .ignored = object.difficult,
                               .box = object.written,
                               .area = object.area});
  }
  return truth;
}

std::vector<boxes::Detection> detect_split(Detector& detector, const boxes::DetectionSplit& split,
                                           const ResizeSettings& resize,
                                           const data::Normalization& normalization) {
  std::vector<boxes::Detection> all;
  Progress progress("detecting", static_cast<int64_t>(split.images.size()), "images");
  for (size_t n = 0; n < split.images.size(); ++n) {
    check_interrupt();
    const Picture picture = make_picture(split.images[n], resize);
    const auto found = detector.detect(make_batch({&picture}, normalization));
    for (const Detected& one : found[0]) {
      // Back into pixels of the image as it is annotated; a box is a corner and a size there.
      const double x = one.box.x0 / picture.scale_x, y = one.box.y0 / picture.scale_y;
      all.push_back(
          {.image = static_cast<int>(n),
           .category = one.label,
           .box = {x, y, one.box.x1 / picture.scale_x - x, one.box.y1 / picture.scale_y - y},
           .score = one.score});
    }
    progress.update(static_cast<int64_t>(n) + 1);
  }
  progress.finish();
  return all;
}

}  // namespace nasnet::detect
