#include <limits>

#include "nasnet/detect/onnx_stages.h"

// The first stage in ONNX. Anchors are made for the best places alone, from their numbers: the file
// holds those of one place, and serves maps of any size.

namespace nasnet::detect {
namespace {

using exchange::OnnxNodes;

/// The anchors of these numbers, which count rows, columns and the anchors of a place.
std::string anchors_at(OnnxNodes& nodes, const boxes::AnchorSettings& settings, int stride,
                       const std::string& numbers, const std::string& map_width) {
  boxes::AnchorSettings around_corner = settings;
  around_corner.offset = 0;
  std::vector<float> edges;
  for (const boxes::Box& box : boxes::make_anchors(around_corner, {1, 1, 0, 0}))
    edges.insert(edges.end(), {box.x0, box.y0, box.x1, box.y1});
  const std::string of_place = nodes.constant("anchors/stride_" + std::to_string(stride),
                                              {settings.per_place(), 4}, std::move(edges));
  const std::string each = nodes.place(settings.per_place());
  const std::string place = nodes.add("Div", {numbers, each});
  const std::string column = nodes.add("Mod", {place, map_width});
  const std::string row = nodes.add("Div", {place, map_width});
  const std::string x_and_y =
      nodes.concat({nodes.reshape(column, {-1, 1}), nodes.reshape(row, {-1, 1})}, 1);
  const std::string centre =
      nodes.add("Mul", {nodes.add("Add", {nodes.to_float(x_and_y), nodes.number(settings.offset)}),
                        nodes.number(static_cast<float>(stride))});
  const std::string around = nodes.gather(of_place, nodes.add("Mod", {numbers, each}));
  return nodes.add("Add", {around, nodes.concat({centre, centre}, 1)});
}

}  // namespace

std::string add_proposals(OnnxNodes& nodes, OnnxBoxes& boxes, const ProposalSettings& settings,
                          const DenseGraph& dense, const std::vector<std::string>& outputs) {
  // In the order of pixels, so that an anchor's number is the place of its logit.
  const auto by_pixel = [&](int output, std::vector<int64_t> shape) {
    return nodes.reshape(nodes.transpose(outputs[static_cast<size_t>(output)], {0, 2, 3, 1}),
                         std::move(shape));
  };
  std::vector<std::string> regions, scores;
  for (int k = 0; k < dense.levels(); ++k) {
    const std::string& map = outputs[static_cast<size_t>(dense.objectness(k))];
    const std::string map_width = nodes.gather(nodes.shape(map), nodes.place(3));
    const OnnxNodes::Top best = boxes.best(by_pixel(dense.objectness(k), {-1}), settings.per_level);
    const std::string anchors =
        anchors_at(nodes, settings.anchors[static_cast<size_t>(k)],
                   dense.strides[static_cast<size_t>(k)], best.places, map_width);
    const std::string decoded = boxes.decode(
        nodes.gather(by_pixel(dense.codes(k), {-1, 4}), best.places), anchors, settings.weights);
    // Each level for itself: regions of different levels do not suppress each other.
    const std::string chosen =
        boxes.suppress(nodes.reshape(decoded, {1, -1, 4}), nodes.reshape(best.values, {1, -1}),
                       {.smallest = settings.smallest,
                        .score = std::numeric_limits<float>::lowest(),
                        .overlap = settings.overlap,
                        .most = settings.kept});
    const std::string kept = nodes.gather(chosen, nodes.place(2), 1);
    regions.push_back(nodes.gather(decoded, kept));
    scores.push_back(nodes.gather(best.values, kept));
  }
  if (regions.size() == 1) return regions[0];
  const std::string all = nodes.concat(regions, 0);
  const std::string all_scores = nodes.concat(scores, 0);
  return nodes.gather(all, boxes.best(all_scores, settings.kept).places);
}

}  // namespace nasnet::detect
