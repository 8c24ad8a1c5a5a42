#include "nasnet/detect/backbone.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"

// The dense network of a detector: the whole classifier is built under its own names, pyramid and
// proposal heads are added to it, and graph::cut() takes away what no output needs. So a trained or
// imported classifier's weights fit as they are.

namespace nasnet::detect {
namespace {

/// A cell's result after its ReLU; separate ones joined.
int stage_end(graph::Builder& builder, const graph::Graph& graph, const std::string& cell) {
  std::vector<int> parts;
  // A cell with separate outputs (NASNet-B) has an endpoint for each.
  for (const auto& [name, op] : graph.endpoints)
    if (name == cell || name.starts_with(cell + "/")) parts.push_back(op);
  if (parts.empty()) return builder.relu(graph.endpoint(cell));  // names it in the error
  return builder.relu(builder.concat(parts));
}

}  // namespace

std::vector<int> level_strides(const BackboneSettings& settings) {
  if (settings.neck == Neck::kSingle) return {16};
  std::vector<int> strides;
  // The level of 64 has anchors alone: it has no map that regions are cut out of.
  for (int stride = settings.finest; stride <= 64; stride *= 2) strides.push_back(stride);
  return strides;
}

graph::Graph make_backbone(const space::Genotype& genotype, const BackboneSettings& settings,
                           const graph::Shape& canvas) {
  if (!graph::stack_recipe(settings.stack.stack).imagenet_stem)
    throw InputError(fmt::format(
        "--stack {} cannot be a detector's: its maps have strides of 1, 2 and 4, and a detector "
        "wants 8 to 32; the genotype can be stacked as --stack mobile",
        to_text(settings.stack.stack)));
  graph::StackSettings stack = settings.stack;
  stack.input = canvas;
  // Its parameters would depend on the size of the canvas.
  stack.auxiliary_head = false;
  graph::Graph graph = graph::build(genotype, stack);
  set_batch_norms(graph, settings.batch_norm);
  return graph;
}

DenseGraph make_dense(const space::Genotype& genotype, const BackboneSettings& settings,
                      const graph::Shape& canvas) {
  graph::Graph whole = make_backbone(genotype, settings, canvas);
  graph::Builder builder(whole);
  builder.begin_section(kMapsSection, {}, {});
  const auto stage = [&](int number) {
    return stage_end(builder, whole,
                     fmt::format("Cell_{}", (number + 1) * settings.stack.cells - 1));
  };
  if (settings.neck == Neck::kSingle) {
    const int map = stage(1);
    return finish_dense(whole, builder, {map}, 1, level_strides(settings),
                        {builder.shape(map).channels, settings.anchors_per_place});
  }
  // Only of such a canvas each stage halves the one before, so that the pyramid's levels fit.
  if (canvas.height % kCanvasMultiple != 0 || canvas.width % kCanvasMultiple != 0)
    throw InputError(fmt::format("a canvas of {} x {} pixels is no multiple of {}", canvas.width,
                                 canvas.height, kCanvasMultiple));
  std::vector<int> maps;
  // The first stem cell's map is the only one of stride 4.
  if (settings.finest == 4) maps.push_back(stage_end(builder, whole, "cell_stem_0"));
  for (int k = 0; k < 3; ++k) maps.push_back(stage(k));
  return finish_dense(whole, builder, add_pyramid(builder, maps, settings.channels),
                      static_cast<int>(maps.size()), level_strides(settings),
                      {settings.channels, settings.anchors_per_place});
}

}  // namespace nasnet::detect
