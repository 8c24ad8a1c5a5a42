#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/detect/detector.h"
#include "nasnet/detect/picture.h"
#include "nasnet/exchange/onnx.h"

namespace nasnet::detect {

/// Facts that a program needs to feed an exported detector and to read its answers.
struct DetectorFacts {
  data::Normalization normalization;
  ResizeSettings resize;
  std::vector<std::string> classes;
  std::vector<int64_t> categories;  ///< of the classes, their ids in the training's annotations
  std::string genotype;
};

/// A detector that was written as ONNX, and how its file compares with it.
struct ExportedDetector {
  int64_t bytes = 0, nodes = 0;
  int64_t regions = 0;     ///< that were compared, as every class sees them
  int64_t detections = 0;  ///< of which so many were chosen
  /// Largest differences of a region's box, in pixels, and of its probability.
  double box_difference = 0, score_difference = 0;
};

/// Writes the detector as make_detector_onnx() says, with the facts as metadata. What is written is
/// read again and run first, on pictures of three sizes, or of the only one: throws Error where any
/// stage of it differs from the detector's, NotANumber where the detector's results are not finite.
/// `image`: the size of images with `options.fixed_size`.
ExportedDetector export_detector(Detector& detector, const DetectorFacts& facts,
                                 const std::filesystem::path& file,
                                 const exchange::OnnxOptions& options,
                                 const data::ImageSize& image = {});

}  // namespace nasnet::detect
