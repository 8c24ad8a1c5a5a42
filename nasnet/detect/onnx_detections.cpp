#include "nasnet/boxes/coder.h"
#include "nasnet/detect/onnx_stages.h"

// Detections in ONNX. Every class has boxes of its own: classes are the batch of the suppression
// where they do not suppress each other, else all boxes are of one.

namespace nasnet::detect {

OnnxDetections add_detections(exchange::OnnxNodes& nodes, OnnxBoxes& boxes,
                              const DetectionSettings& settings, int classes,
                              const std::string& regions, const std::vector<std::string>& results) {
  const std::string scores = nodes.part(
      nodes.add("Softmax", {results[0]}, {{"axis", exchange::integer(1)}}), 1, 1, classes);
  const std::string decoded =
      boxes.decode(nodes.reshape(results[1], {-1, classes, 4}), nodes.reshape(regions, {-1, 1, 4}),
                   boxes::kProposalWeights);
  const bool by_class = settings.nms_classes == NmsClasses::kEach;
  const std::string chosen = boxes.suppress(
      by_class ? nodes.transpose(decoded, {1, 0, 2}) : nodes.reshape(decoded, {1, -1, 4}),
      by_class ? nodes.transpose(scores, {1, 0}) : nodes.reshape(scores, {1, -1}),
      {.smallest = settings.smallest,
       .score = settings.score,
       .overlap = settings.overlap,
       .most = settings.most});
  // Numbers of region and class in one, in ascending order, so that of equal scores the first
  // region's comes first, whatever its class.
  const std::string count = nodes.place(classes);
  const std::string place = nodes.gather(chosen, nodes.place(2), 1);
  const std::string pairs = by_class ? nodes.add("Add", {nodes.add("Mul", {place, count}),
                                                         nodes.gather(chosen, nodes.place(0), 1)})
                                     : place;
  const std::string kept = nodes.top(pairs, nodes.shape(pairs), false).values;
  const exchange::OnnxNodes::Top best =
      boxes.best(nodes.gather(nodes.reshape(scores, {-1}), kept), settings.most);
  const std::string found = nodes.gather(kept, best.places);
  return {nodes.gather(nodes.reshape(decoded, {-1, 4}), found), best.values,
          nodes.add("Mod", {found, count})};
}

}  // namespace nasnet::detect
