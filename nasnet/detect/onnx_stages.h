#pragma once

#include <string>
#include <vector>

#include "nasnet/detect/dense_graph.h"
#include "nasnet/detect/detector_settings.h"
#include "nasnet/detect/onnx_boxes.h"

namespace nasnet::detect {

// A detector's work between and after its graphs, as nodes of ONNX, for one image whose size the
// file does not know. Each takes and returns names of results.

/// ProposalStage::propose(): regions, R x 4, the best first. `outputs`: the dense network's.
std::string add_proposals(exchange::OnnxNodes& nodes, OnnxBoxes& boxes,
                          const ProposalSettings& settings, const DenseGraph& dense,
                          const std::vector<std::string>& outputs);

/// RegionCutter::cut(): of each region edge x edge pixels, R x C x edge x edge.
std::string add_regions(exchange::OnnxNodes& nodes, const RegionSettings& settings,
                        const DenseGraph& dense, const std::vector<std::string>& maps,
                        const std::string& regions);

/// A map's part in each region as TensorFlow's crop_and_resize has it, for which ONNX has no
/// operator.
std::string add_crops(exchange::OnnxNodes& nodes, int edge, int stride, const std::string& map,
                      const std::string& regions);

struct OnnxDetections {
  std::string boxes, scores, labels;  ///< K x 4, K, K; the best first
};
/// Detections of the second stage's results, as Detector::detect() gives them. `results`: scores
/// and codes of the regions.
OnnxDetections add_detections(exchange::OnnxNodes& nodes, OnnxBoxes& boxes,
                              const DetectionSettings& settings, int classes,
                              const std::string& regions, const std::vector<std::string>& results);

}  // namespace nasnet::detect
