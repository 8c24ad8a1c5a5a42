#pragma once

#include <vector>

#include "nasnet/boxes/box.h"
#include "nasnet/data/image.h"
#include "nasnet/detect/detector_settings.h"

namespace nasnet::detect {

/// An object that a detector has found, in pixels of the canvas.
struct Detected {
  boxes::Box box;
  int label = 0;  ///< of the classes, from 0
  float score = 0;
};

/// Regions of one image as each class sees them, region after region: those with a score above
/// `least`. `scores`, `codes`: the second stage's outputs for the regions. `content`: the part of
/// the canvas that the image takes.
std::vector<Detected> judge(const std::vector<boxes::Box>& regions, const float* scores,
                            const float* codes, const data::ImageSize& content, float least,
                            int classes);

/// Those that are large enough and not suppressed, the best first.
std::vector<Detected> choose(const std::vector<Detected>& judged, const DetectionSettings& wanted);

}  // namespace nasnet::detect
