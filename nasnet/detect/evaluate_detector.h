#pragma once

#include <vector>

#include "nasnet/boxes/coco_metric.h"
#include "nasnet/boxes/detection_set.h"
#include "nasnet/detect/picture.h"

namespace nasnet::detect {

/// A split's annotations as the metric reads them: as the file has them.
boxes::Truth truth_of(const boxes::DetectionSet& set, const boxes::DetectionSplit& split);

/// The objects that the detector finds in the split's images, in their pixels, indexed as
/// truth_of(): the image's place in the split, the category's in the set. Shows progress.
std::vector<boxes::Detection> detect_split(Detector& detector, const boxes::DetectionSplit& split,
                                           const ResizeSettings& resize,
                                           const data::Normalization& normalization);

}  // namespace nasnet::detect
