#pragma once

#include <string>

#include "nasnet/boxes/coder.h"
#include "nasnet/exchange/onnx_nodes.h"

namespace nasnet::detect {

/// Boxes in a model of ONNX: tensors whose last axis has x0, y0, x1, y1. The nodes compute what
/// nasnet/boxes does, number by number; none of them minds a tensor without boxes.
class OnnxBoxes {
 public:
  /// `limits`: the name of the image's width, height, width and height in pixels.
  OnnxBoxes(exchange::OnnxNodes& nodes, std::string limits)
      : nodes_(nodes), limits_(std::move(limits)) {}

  /// boxes::decode(), then boxes::clip() to the image. The anchors are broadcast to the codes.
  std::string decode(const std::string& codes, const std::string& anchors,
                     const boxes::CodeWeights& weights);

  /// Which boxes stay.
  struct Suppression {
    float smallest = 0;  ///< edge in pixels
    float score = 0;     ///< what stays has a score above
    double overlap = 0;
    int most = 0;
  };
  /// boxes::nms() of several lists, each for itself: boxes are lists x N x 4, scores lists x N. The
  /// result is M x 3: list, 0 and place of those that stay, list by list, the best first.
  std::string suppress(const std::string& boxes, const std::string& scores,
                       const Suppression& settings);

  /// `count` of a list's numbers at most, the largest first.
  exchange::OnnxNodes::Top best(const std::string& x, int count);

 private:
  exchange::OnnxNodes& nodes_;
  const std::string limits_;
};

}  // namespace nasnet::detect
