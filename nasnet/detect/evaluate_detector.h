#pragma once

#include <vector>

#include "nasnet/boxes/coco_metric.h"
#include "nasnet/boxes/detection_set.h"
#include "nasnet/detect/picture.h"

namespace nasnet::detect {

/// A split's annotations as the metric reads them: as the file has them.
boxes::Truth truth_of(const boxes::DetectionSet& set, const boxes::DetectionSplit& split);

/// An object in pixels of the image as it was before resizing.
struct FoundObject {
  boxes::Rectangle box;
  int label = 0;  ///< of the classes, from 0
  double score = 0;
};

/// The objects that the detector finds in a picture that was resized, the best first.
std::vector<FoundObject> find_objects(Detector& detector, const Picture& picture,
                                      const data::Normalization& normalization);

/// The objects that the detector finds in the split's images, in their pixels, indexed as
/// truth_of(): the image's place in the split, and `categories[label]`, the class's place in the
/// set. Shows progress.
std::vector<boxes::Detection> detect_split(Detector& detector, const boxes::DetectionSplit& split,
                                           const ResizeSettings& resize,
                                           const data::Normalization& normalization,
                                           const std::vector<int>& categories);

/// By the detector's label, the place in `set` of the category of that name, or, where names
/// repeat, of that id. Throws InputError, naming what differs, where the set has not the same ones.
std::vector<int> categories_in(const boxes::DetectionSet& set,
                               const std::vector<boxes::Category>& known);

}  // namespace nasnet::detect
