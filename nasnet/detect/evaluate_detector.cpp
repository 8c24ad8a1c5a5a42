#include "nasnet/detect/evaluate_detector.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/text.h"

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

std::vector<FoundObject> find_objects(Detector& detector, const Picture& picture,
                                      const data::Normalization& normalization) {
  const auto found = detector.detect(make_batch({&picture}, normalization));
  std::vector<FoundObject> objects;
  for (const Detected& one : found[0]) {
    const double x = one.box.x0 / picture.scale_x, y = one.box.y0 / picture.scale_y;
    objects.push_back({{x, y, one.box.x1 / picture.scale_x - x, one.box.y1 / picture.scale_y - y},
                       one.label,
                       one.score});
  }
  return objects;
}

std::vector<boxes::Detection> detect_split(Detector& detector, const boxes::DetectionSplit& split,
                                           const ResizeSettings& resize,
                                           const data::Normalization& normalization,
                                           const std::vector<int>& categories) {
  std::vector<boxes::Detection> all;
  Progress progress("detecting", static_cast<int64_t>(split.images.size()), "images");
  for (size_t n = 0; n < split.images.size(); ++n) {
    check_interrupt();
    const Picture picture = make_picture(split.images[n], resize);
    for (const FoundObject& one : find_objects(detector, picture, normalization))
      all.push_back({.image = static_cast<int>(n),
                     .category = categories[static_cast<size_t>(one.label)],
                     .box = one.box,
                     .score = one.score});
    progress.update(static_cast<int64_t>(n) + 1);
  }
  progress.finish();
  return all;
}

std::vector<int> categories_in(const boxes::DetectionSet& set,
                               const std::vector<boxes::Category>& known) {
  std::vector<std::string> there = boxes::names_of(set.categories), here = boxes::names_of(known);
  std::ranges::sort(there);
  std::ranges::sort(here);
  if (there != here)
    throw InputError(
        fmt::format("the detector knows {} classes and {} has {}; they must be the same: {}",
                    known.size(), set.source, set.categories.size(),
                    describe_difference(here, "in the detector", there, "in the data")));
  const bool repeat = std::ranges::adjacent_find(here) != here.end();
  std::vector<int> places;
  for (const boxes::Category& category : known) {
    const auto place = std::ranges::find_if(set.categories, [&](const boxes::Category& one) {
      return one.name == category.name && (!repeat || one.id == category.id);
    });
    if (place == set.categories.end())
      throw InputError(fmt::format("{} has no class '{}' of id {}, and several of that name",
                                   set.source, category.name, category.id));
    places.push_back(static_cast<int>(place - set.categories.begin()));
  }
  return places;
}

}  // namespace nasnet::detect
