#include "nasnet/detect/onnx_stages.h"

// Crops as products of matrices. A bilinear sample at y is the sum of rows r with the weights
// max(0, 1 - |y - r|), of which two are not 0; a crop is then rows x map x columns. For the paper's
// crops this is about a tenth of the tail's work.

namespace nasnet::detect {
namespace {

using exchange::OnnxNodes;

/// Of each region and sample the weight of each pixel along an axis (0 down, 1 across) of a map:
/// R x 1 x edge x pixels.
std::string weights_along(OnnxNodes& nodes, int axis, int edge, int stride, const std::string& map,
                          const std::string& regions) {
  const std::string pixels = nodes.gather(nodes.shape(map), nodes.place(2 + axis));
  const std::string count = nodes.to_float(pixels);
  const std::string last = nodes.add("Sub", {count, nodes.number(1)});
  // The first and last pixel of the map lie on the edges of the image.
  const std::string scale =
      nodes.add("Div", {last, nodes.add("Mul", {nodes.number(static_cast<float>(stride)), count})});
  const auto on_map = [&](int64_t column) {
    return nodes.add("Mul", {nodes.part(regions, 1, column, 1), scale});
  };
  const std::string begin = on_map(1 - axis);
  const std::string extent = nodes.add("Sub", {on_map(3 - axis), begin});
  std::vector<float> shares;
  for (int k = 0; k < edge; ++k)
    shares.push_back(edge > 1 ? static_cast<float>(k) / static_cast<float>(edge - 1) : 0.5F);
  const std::string samples = nodes.reshape(
      nodes.add("Add", {begin, nodes.add("Mul", {extent, nodes.numbers(std::move(shares))})}),
      {-1, 1, edge, 1});
  const std::string places =
      nodes.to_float(nodes.add("Range", {nodes.place(0), pixels, nodes.place(1)}));
  const std::string distance = nodes.add("Abs", {nodes.add("Sub", {samples, places})});
  const std::string weights = nodes.add("Relu", {nodes.add("Sub", {nodes.number(1), distance})});
  // Beyond the outer pixels' centres samples are 0.
  const auto within = [&](const std::string& larger, const std::string& smaller) {
    return nodes.to_float(nodes.add("GreaterOrEqual", {larger, smaller}));
  };
  const std::string inside =
      nodes.add("Mul", {within(samples, nodes.number(0)), within(last, samples)});
  return nodes.add("Mul", {weights, inside});
}

}  // namespace

std::string add_crops(OnnxNodes& nodes, int edge, int stride, const std::string& map,
                      const std::string& regions) {
  const std::string rows = weights_along(nodes, 0, edge, stride, map, regions);
  const std::string columns =
      nodes.transpose(weights_along(nodes, 1, edge, stride, map, regions), {0, 1, 3, 2});
  return nodes.add("MatMul", {nodes.add("MatMul", {rows, map}), columns});
}

}  // namespace nasnet::detect
