#pragma once

#include <string>
#include <vector>

#include "nasnet/data/image.h"
#include "nasnet/detect/detector.h"
#include "nasnet/exchange/onnx.h"

namespace nasnet::detect {

/// A detector as a model of ONNX, and the names in it of what its stages give.
struct DetectorOnnx {
  exchange::OnnxModel model;
  std::vector<std::string> dense;  ///< as Detector::infer_dense()
  std::string regions;
  std::vector<std::string> head;  ///< scores and codes of the regions
};

/// From images (1 x 3 x H x W, normalised, of any size) to boxes (K x 4: x0, y0, x1, y1 in pixels
/// of that image), scores (K) and labels (K, int64), the best first: all of Detector::detect(), the
/// canvas that the image is put on included. K is 0 where nothing is found. With
/// `options.fixed_size` images have the size `image`. Throws InputError for opsets before 16, whose
/// RoiAlign lacks the rule of half a pixel.
DetectorOnnx make_detector_onnx(const Detector& detector, const exchange::OnnxOptions& options,
                                const data::ImageSize& image = {});

}  // namespace nasnet::detect
