#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/detect/detector_model.h"
#include "nasnet/detect/evaluate_detector.h"

namespace nasnet::detect {

/// The objects in a picture file.
struct PictureObjects {
  std::string file;
  std::vector<FoundObject> objects;  ///< in its pixels, upright; the best first
  std::string fault;                 ///< why it could not be read: a sentence that names it; or ""
};

/// Finds objects in picture files, in their order, and shows progress. `each` is called with every
/// one that could be read and its picture. One that cannot be read is an InputError, or with
/// `skip_unreadable` has a fault instead of objects.
std::vector<PictureObjects> predict_boxes(
    Detector& detector, const DetectorInfo& info, const std::vector<data::ImageFile>& files,
    bool skip_unreadable, const std::function<void(const PictureObjects&, data::Image)>& each);

}  // namespace nasnet::detect
