#include <cmath>

#include "nasnet/detect/onnx_stages.h"

// Regions out of the maps in ONNX: RoiAlign of each level's own regions, joined and brought back
// into the order of all.

namespace nasnet::detect {
namespace {

using exchange::integer;
using exchange::OnnxNodes;

std::string roi_align(OnnxNodes& nodes, const RegionSettings& settings, int stride,
                      const std::string& map, const std::string& regions) {
  // All are of the only image.
  const std::string count = nodes.part(nodes.shape(regions), 0, 0, 1);
  const std::string images = nodes.add("Expand", {nodes.places({0}), count});
  return nodes.add("RoiAlign", {map, regions, images},
                   {{"mode", exchange::text("avg")},
                    {"output_height", integer(settings.edge)},
                    {"output_width", integer(settings.edge)},
                    {"sampling_ratio", integer(settings.samples)},
                    {"spatial_scale", exchange::real(1.0 / stride)},
                    {"coordinate_transformation_mode",
                     exchange::text(settings.aligned ? "half_pixel" : "output_half_pixel")}});
}

/// The level of each region, counted from the finest: how many of the sizes at which a coarser one
/// begins it has. Sizes as in RegionCutter::level_of(), by areas and without a logarithm.
std::string levels_of(OnnxNodes& nodes, const RegionSettings& settings, const DenseGraph& dense,
                      const std::string& regions) {
  const std::string size =
      nodes.add("Sub", {nodes.part(regions, 1, 2, 2), nodes.part(regions, 1, 0, 2)});
  const auto edge = [&](int64_t axis) { return nodes.gather(size, nodes.place(axis), 1); };
  const std::string area = nodes.add("Mul", {edge(0), edge(1)});
  std::string level;
  for (int k = 1; k < dense.maps; ++k) {
    const double steps = std::log2(dense.strides[0]) + k - settings.canonical_level;
    const double least = settings.canonical_edge * std::exp2(steps - 1e-6);
    const std::string reached = nodes.to_integer(
        nodes.add("GreaterOrEqual", {area, nodes.number(static_cast<float>(least * least))}));
    level = level.empty() ? reached : nodes.add("Add", {level, reached});
  }
  return level;
}

}  // namespace

std::string add_regions(OnnxNodes& nodes, const RegionSettings& settings, const DenseGraph& dense,
                        const std::vector<std::string>& maps, const std::string& regions) {
  const auto cut = [&](size_t k, const std::string& some) {
    return settings.corners ? add_crops(nodes, settings.edge, dense.strides[k], maps[k], some)
                            : roi_align(nodes, settings, dense.strides[k], maps[k], some);
  };
  if (dense.maps == 1) return cut(0, regions);
  const std::string level = levels_of(nodes, settings, dense, regions);
  std::vector<std::string> parts, places;
  for (size_t k = 0; k < static_cast<size_t>(dense.maps); ++k) {
    const std::string here = nodes.add("Equal", {level, nodes.place(static_cast<int64_t>(k))});
    places.push_back(nodes.reshape(nodes.add("NonZero", {here}), {-1}));
    parts.push_back(cut(k, nodes.gather(regions, places.back())));
  }
  const std::string order = nodes.concat(places, 0);
  // Where in `order` each region has come to lie: the order that sorts it.
  const std::string back = nodes.top(order, nodes.shape(order), false).places;
  return nodes.gather(nodes.concat(parts, 0), back);
}

}  // namespace nasnet::detect
