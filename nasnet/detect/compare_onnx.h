#pragma once

#include "nasnet/data/image.h"
#include "nasnet/detect/detector_onnx.h"

namespace nasnet::detect {

/// How the stages of a detector's file compare with the detector's own on some picture.
struct OnnxComparison {
  /// Largest difference of a value that a network gives, as a share of the largest (at least 1).
  double network = 0;
  /// Largest differences of regions and detections, in pixels, and of scores.
  double region = 0, box = 0, score = 0;
  int64_t regions = 0, detections = 0;
};

/// Runs the file on a picture of normal noise, or of one colour, and each stage of the detector on
/// what the file's stage before has given. So a difference in the last digit that tips a choice, as
/// which of two equal scores comes first, is none of the stages behind it: those that choose must
/// choose the same, from the same numbers. Numbers of regions or detections that differ are a
/// difference of infinity. Throws NotANumber where the detector's results are not finite.
OnnxComparison compare(Detector& detector, const DetectorOnnx& file, const data::ImageSize& size,
                       bool noise);

}  // namespace nasnet::detect
