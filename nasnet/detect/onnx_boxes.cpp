#include "nasnet/detect/onnx_boxes.h"

#include <limits>

#include "nasnet/boxes/nms.h"

namespace nasnet::detect {

std::string OnnxBoxes::decode(const std::string& codes, const std::string& anchors,
                              const boxes::CodeWeights& weights) {
  // Both axes at once: pairs of x and y.
  const auto first = [&](const std::string& x) { return nodes_.part(x, -1, 0, 2); };
  const auto second = [&](const std::string& x) { return nodes_.part(x, -1, 2, 2); };
  const std::string half = nodes_.number(0.5F), low = first(anchors);
  const std::string from = nodes_.add("Sub", {second(anchors), low});
  const std::string centre = nodes_.add("Add", {low, nodes_.add("Mul", {half, from})});
  const std::string shift =
      nodes_.add("Div", {first(codes), nodes_.numbers({weights.x, weights.y})});
  const std::string at = nodes_.add("Add", {nodes_.add("Mul", {shift, from}), centre});
  const std::string growth =
      nodes_.add("Div", {second(codes), nodes_.numbers({weights.width, weights.height})});
  const std::string limited = nodes_.add("Min", {growth, nodes_.number(boxes::kLargestLogRatio)});
  const std::string size = nodes_.add("Mul", {nodes_.add("Exp", {limited}), from});
  const std::string reach = nodes_.add("Mul", {half, size});
  const std::string decoded =
      nodes_.concat({nodes_.add("Sub", {at, reach}), nodes_.add("Add", {at, reach})}, -1);
  return nodes_.add("Max", {nodes_.add("Min", {decoded, limits_}), nodes_.number(0)});
}

std::string OnnxBoxes::suppress(const std::string& boxes, const std::string& scores,
                                const Suppression& settings) {
  const std::string size =
      nodes_.add("Sub", {nodes_.part(boxes, -1, 2, 2), nodes_.part(boxes, -1, 0, 2)});
  const auto edge = [&](int64_t axis) { return nodes_.gather(size, nodes_.place(axis), -1); };
  // NaN is not large enough.
  const std::string usable = nodes_.add(
      "GreaterOrEqual", {nodes_.add("Min", {edge(0), edge(1)}), nodes_.number(settings.smallest)});
  // Below every limit of scores: suppression passes these boxes over.
  const std::string nothing = nodes_.number(-std::numeric_limits<float>::infinity());
  const std::string usable_scores = nodes_.add("Where", {usable, scores, nothing});
  return nodes_.add(
      "NonMaxSuppression",
      {boxes, nodes_.reshape(usable_scores, {0, 1, -1}), nodes_.places({settings.most}),
       nodes_.numbers({boxes::overlap_limit(settings.overlap)}), nodes_.numbers({settings.score})});
}

exchange::OnnxNodes::Top OnnxBoxes::best(const std::string& x, int count) {
  return nodes_.top(x, nodes_.add("Min", {nodes_.shape(x), nodes_.places({count})}));
}

}  // namespace nasnet::detect
