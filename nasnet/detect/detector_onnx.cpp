#include "nasnet/detect/detector_onnx.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/detect/onnx_stages.h"
#include "nasnet/detect/picture.h"
#include "nasnet/exchange/onnx_graph.h"

// The whole detector in one file, for one image: the two graphs by the writer of all graphs, and
// what stands between them and behind them (onnx_stages.h).

namespace nasnet::detect {
namespace {

using exchange::OnnxNodes;

/// Width, height, width and height of the images, as floats.
std::string limits_of(OnnxNodes& nodes, const std::string& images) {
  return nodes.to_float(nodes.gather(nodes.shape(images), nodes.places({3, 2, 3, 2})));
}

/// Images in the upper left corner of a canvas whose edges are multiples; the rest is 0, the mean.
std::string on_canvas(OnnxNodes& nodes, const std::string& images) {
  const std::string edges = nodes.part(nodes.shape(images), 0, 2, 2);
  // A multiple itself lacks nothing.
  const std::string before = nodes.place(kCanvasMultiple - 1);
  const std::string rest = nodes.add(
      "Sub", {before,
              nodes.add("Mod", {nodes.add("Add", {edges, before}), nodes.place(kCanvasMultiple)})});
  return nodes.add("Pad", {images, nodes.concat({nodes.places({0, 0, 0, 0, 0, 0}), rest}, 0)});
}

}  // namespace

DetectorOnnx make_detector_onnx(const Detector& detector, const exchange::OnnxOptions& options,
                                const data::ImageSize& image) {
  // RoiAlign has the rule of half a pixel since opset 16.
  constexpr int kOldest = 16;
  if (options.opset < kOldest || options.opset > exchange::kNewestOpset)
    throw InputError(fmt::format("--opset {}: detectors are written in {} to {}", options.opset,
                                 kOldest, exchange::kNewestOpset));
  const HeadGraph& head = detector.head();
  const DetectorSettings& settings = detector.settings();
  DetectorOnnx result;
  exchange::OnnxModel& model = result.model;
  model.opset = options.opset;
  model.inputs = {{"images", {{"", 1}, {"", 3}, {"height"}, {"width"}}}};
  graph::Shape canvas = {2 * kCanvasMultiple, 2 * kCanvasMultiple, 3};
  if (options.fixed_size) {
    model.inputs[0].shape = {{"", 1}, {"", 3}, {"", image.height}, {"", image.width}};
    const auto [height, width] = canvas_of(image);
    canvas = {height, width, 3};
  }
  model.outputs = {{"boxes", {{"detections"}, {"", 4}}},
                   {"scores", {{"detections"}}},
                   {"labels", {{"detections"}}, true}};
  OnnxNodes nodes(model);
  const DenseGraph dense = detector.dense_graph(canvas);
  const auto values_from = [&](size_t first) {
    return [&detector, first](size_t k) { return detector.tensors()[first + k].row_major(); };
  };
  result.dense = exchange::add_graph(nodes, dense.graph, dense.outputs, values_from(0),
                                     {on_canvas(nodes, "images")}, options);
  OnnxBoxes boxes(nodes, limits_of(nodes, "images"));
  result.regions = add_proposals(nodes, boxes, settings.proposals, dense, result.dense);
  std::string cut = add_regions(nodes, settings.regions, dense, result.dense, result.regions);
  // A head whose pixels are regions reads their values as rows, channels innermost.
  const bool rows = head.rows > 1;
  if (rows)
    cut = nodes.reshape(nodes.transpose(cut, {0, 2, 3, 1}),
                        {-1, region_values(dense, settings.regions.edge)});
  result.head =
      exchange::add_graph(nodes, head.graph, head.outputs,
                          values_from(dense.graph.parameters.size()), {cut, rows}, options);
  const OnnxDetections found = add_detections(nodes, boxes, settings.detections, detector.classes(),
                                              result.regions, result.head);
  nodes.rename(found.boxes, "boxes");
  nodes.rename(found.scores, "scores");
  nodes.rename(found.labels, "labels");
  return result;
}

}  // namespace nasnet::detect
