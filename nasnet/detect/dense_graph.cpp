#include "nasnet/detect/dense_graph.h"

#include <fmt/format.h>

#include <cmath>

// The parts of a detector that are none of the classifier's: pyramid, proposal heads, box head, as
// operators of the graph. Layers begin with a bias of 0 and normal weights of the deviation given.

namespace nasnet::detect {
namespace {

/// A convolution with a bias, and how its weights start.
struct Layer {
  std::string scope;
  int filters = 0, kernel = 1;
  double deviation = 0;
};

/// Adds the layer to `x`; returns its bias, the last operator.
int add(graph::Builder& builder, int x, const Layer& layer) {
  const int conv = builder.conv(x, layer.scope, layer.filters, layer.kernel);
  builder.start_with(conv, layer.deviation);
  return builder.bias(conv, layer.scope);
}

/// So that values keep their size on the way: of `gain` 2 through a ReLU (He et al., ICCV 2015).
double kept_by(const graph::Builder& builder, int x, int kernel, double gain) {
  return std::sqrt(gain / (kernel * kernel * builder.shape(x).channels));
}

/// The same over several maps.
class Shared {
 public:
  Shared(graph::Builder& builder, Layer layer) : builder_(builder), layer_(std::move(layer)) {}

  /// The first map makes the parameters; all further ones share them.
  int operator()(int x) {
    if (first_ < 0) return first_ = add(builder_, x, layer_);
    return builder_.again(first_, builder_.again(builder_.input_of(first_), x));
  }

 private:
  graph::Builder& builder_;
  const Layer layer_;
  int first_ = -1;  // its bias, after the convolution
};

}  // namespace

std::vector<int> add_pyramid(graph::Builder& builder, const std::vector<int>& maps, int channels) {
  const auto scope = [](const char* part, size_t level) {
    return fmt::format("pyramid/{}_{}", part, level);
  };
  std::vector<int> merged(maps.size());
  // From the coarsest: each finer level adds the one that has been merged before it.
  for (size_t level = maps.size(); level-- > 0;) {
    merged[level] = add(builder, maps[level],
                        {.scope = scope("lateral", level),
                         .filters = channels,
                         .deviation = kept_by(builder, maps[level], 1, 1)});
    if (level + 1 < maps.size())
      merged[level] =
          builder.add(merged[level], builder.upsample(merged[level + 1], merged[level]));
  }
  std::vector<int> levels;
  // The 3x3 convolution smooths what bringing the coarser map to size has left.
  for (size_t level = 0; level < maps.size(); ++level)
    levels.push_back(add(builder, merged[level],
                         {.scope = scope("output", level),
                          .filters = channels,
                          .kernel = 3,
                          .deviation = kept_by(builder, merged[level], 3, 1)}));
  levels.push_back(builder.pool(graph::OperatorKind::kMaxPool, levels.back(), 1, 2));
  return levels;
}

std::vector<int> add_proposal_heads(graph::Builder& builder, const std::vector<int>& levels,
                                    const ProposalHeads& heads) {
  // Deviation of Faster R-CNN's new layers (Ren et al., 2015, section 3.1.3).
  constexpr double kSmall = 0.01;
  Shared tower(builder, {kProposalTower, heads.channels, 3, kSmall});
  Shared objectness(builder, {"proposals/objectness", heads.anchors_per_place, 1, kSmall});
  Shared codes(builder, {"proposals/codes", 4 * heads.anchors_per_place, 1, kSmall});
  std::vector<int> outputs;
  for (const int level : levels) {
    const int read = builder.relu(tower(level));
    outputs.push_back(objectness(read));
    outputs.push_back(codes(read));
  }
  return outputs;
}

DenseGraph finish_dense(const graph::Graph& whole, graph::Builder& builder,
                        const std::vector<int>& levels, int maps, std::vector<int> strides,
                        const ProposalHeads& heads) {
  builder.end_section(levels.at(0));
  builder.begin_section(kProposalsSection, builder.shape(levels[0]), {});
  // Maps first, then heads: DenseGraph counts on this order.
  std::vector<int> outputs(levels.begin(), levels.begin() + maps);
  const std::vector<int> added = add_proposal_heads(builder, levels, heads);
  outputs.insert(outputs.end(), added.begin(), added.end());
  builder.end_section(outputs.back());
  graph::Cut cut = graph::cut(whole, outputs);
  return {std::move(cut.graph), std::move(cut.outputs), maps, std::move(strides)};
}

int region_values(const DenseGraph& dense, int edge) {
  return edge * edge * dense.graph.operators.at(dense.outputs.at(0)).output.channels;
}

HeadGraph make_head(int inputs, int hidden, int classes) {
  constexpr int kRows = 64;  // enough for a matrix product, few enough for all threads
  HeadGraph head;
  head.rows = kRows;
  // A region is a pixel: a linear layer over many regions is then a 1x1 convolution.
  head.graph.settings.input = {1, kRows, inputs};
  graph::Builder builder(head.graph);
  builder.begin_section("box head", head.graph.settings.input, {});
  const int rows = builder.input(head.graph.settings.input);
  const auto hidden_layer = [&](int x, const char* scope) {
    return builder.relu(add(builder, x, {scope, hidden, 1, kept_by(builder, x, 1, 2)}));
  };
  const int last = hidden_layer(hidden_layer(rows, "box_head/hidden_0"), "box_head/hidden_1");
  // Small ones, so that no class and no place is preferred at first.
  head.outputs = {add(builder, last, {"box_head/classes", classes + 1, 1, 0.01}),
                  add(builder, last, {"box_head/codes", 4 * classes, 1, 0.001})};
  builder.end_section(head.outputs[0]);
  return head;
}

}  // namespace nasnet::detect
