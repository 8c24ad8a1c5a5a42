// The published stacks: where stem, normal and reduction cells stand, how filters grow, which
// constants the released code has. Counts of the results equal the published ones to the last
// digit.

#include "nasnet/graph/build.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/graph/cell_builder.h"
#include "nasnet/graph/count.h"

namespace nasnet::graph {
namespace {

struct PublishedStack {
  StackSettings settings;
  Recipe recipe;
};

/// ImageNet's stacks share the stem and the constants of their batch norms and dropout.
Recipe imagenet(Recipe recipe) {
  recipe.imagenet_stem = true;
  recipe.dropout_keep = 0.5;
  recipe.batch_norm_decay = 0.9997;
  recipe.batch_norm_epsilon = 1e-3;
  return recipe;
}

const PublishedStack& find_stack(StackKind kind) {
  constexpr Shape kSmall{224, 224, 3}, kLarge{331, 331, 3};
  static const std::vector<PublishedStack> all = {
      {{.stack = StackKind::kCifar, .cells = 6, .filters = 32, .classes = 10, .input = {32, 32, 3}},
       {}},
      {{.stack = StackKind::kMobile, .cells = 4, .filters = 44, .classes = 1000, .input = kSmall},
       imagenet({.stem_multiplier = 1})},
      {{.stack = StackKind::kLarge, .cells = 6, .filters = 168, .classes = 1000, .input = kLarge},
       imagenet({.stem_multiplier = 3, .skip_reduction_layer_input = true})},
      {{.stack = StackKind::kPnasnetMobile,
        .cells = 3,
        .filters = 54,
        .classes = 1000,
        .input = kSmall},
       imagenet({.stem_multiplier = 1, .skip_reduction_layer_input = true, .strided_cells = true})},
      {{.stack = StackKind::kPnasnetLarge,
        .cells = 4,
        .filters = 216,
        .classes = 1000,
        .input = kLarge},
       imagenet({.stem_multiplier = 3, .skip_reduction_layer_input = true, .strided_cells = true})},
  };
  for (const PublishedStack& stack : all)
    if (stack.settings.stack == kind) return stack;
  NASNET_CHECK(false, "each kind of stack is published");
}

/// Assembles the network; one object a build.
class StackBuilder {
 public:
  StackBuilder(const space::Genotype& genotype, Graph& graph)
      : genotype_(genotype), graph_(graph), builder_(graph) {}

  void build() {
    stem();
    add_cells(0);
    head();
    NASNET_CHECK(
        graph_.logits >= 0 && (graph_.auxiliary_logits >= 0) == graph_.settings.auxiliary_head,
        "a network ends in logits, and in auxiliary ones where they are wanted");
  }

  /// From the second reduction on; `previous` and `net`: channels of the results before it.
  void build_tail(int previous, int net) {
    const int first = 2 * graph_.settings.cells;
    builder_.begin_section("crop", graph_.settings.input, {});
    const int crop = builder_.input(graph_.settings.input);
    outputs_ = {{builder_.slice(crop, 0, previous)}, {builder_.slice(crop, previous, net)}};
    builder_.end_section(crop);
    cell_number_ =
        (graph_.recipe.imagenet_stem ? 2 : 0) + first + (graph_.recipe.strided_cells ? 0 : 1);
    scaling_ = 2;
    add_cells(first);
    graph_.endpoints.emplace_back("features", builder_.relu(last()[0]));
  }

 private:
  void add_cells(int first) {
    const int cells = graph_.settings.cells * 3;
    int reductions = first > 0 ? 1 : 0;
    for (int i = first; i < cells; ++i) {
      CellOutput previous = before_last();
      const bool opens_stage = i > 0 && i % graph_.settings.cells == 0;
      if (opens_stage) scaling_ *= 2;
      const bool strided = opens_stage && graph_.recipe.strided_cells;
      if (opens_stage && !strided) {
        const std::string index = std::to_string(reductions++);
        cell(genotype_.reduction, "reduction_cell_" + index, "Reduction_Cell_" + index, 2,
             before_last());
        if (!graph_.recipe.skip_reduction_layer_input) previous = before_last();
      }
      cell(strided ? genotype_.reduction : genotype_.normal, fmt::format("cell_{}", i),
           fmt::format("Cell_{}", i), strided ? 2 : 1, previous);
      if (graph_.settings.auxiliary_head && i == 2 * graph_.settings.cells - 1) auxiliary_head(i);
    }
    graph_.total_cells = cell_number_;
  }

  const CellOutput& last() const { return outputs_.back(); }
  const CellOutput& before_last() const { return outputs_[outputs_.size() - 2]; }

  /// For tables and heads, a cell's separate outputs count as one map of all their channels.
  Shape joined_shape(const CellOutput& output) const {
    if (output.empty()) return {};
    Shape shape = builder_.shape(output[0]);
    for (size_t k = 1; k < output.size(); ++k) shape.channels += builder_.shape(output[k]).channels;
    return shape;
  }

  CellOutput spread(int x) const {
    return CellOutput(genotype_.normal.separate_outputs ? genotype_.normal.inputs : 1, x);
  }

  void stem() {
    const Recipe& recipe = graph_.recipe;
    const StackSettings& settings = graph_.settings;
    builder_.begin_section(recipe.imagenet_stem ? "conv0" : "l1_stem", settings.input, {});
    const int image = builder_.input(settings.input);
    outputs_.push_back({});
    if (!recipe.imagenet_stem) {
      const int filters = static_cast<int>(settings.filters * recipe.stem_multiplier);
      const int stem =
          builder_.batch_norm(builder_.conv(image, "l1_stem_3x3", filters, 3), "l1_stem_bn");
      builder_.end_section(stem);
      graph_.endpoints.emplace_back("Stem", stem);
      outputs_.push_back(spread(stem));
      return;
    }
    const int filters = static_cast<int>(32 * recipe.stem_multiplier);
    const int conv = builder_.conv(image, "conv0", filters, 3, 3, 2, 2, 1, false);
    const int stem = builder_.batch_norm(conv, "conv0_bn");
    builder_.end_section(stem);
    graph_.endpoints.emplace_back("conv0_bn", stem);
    outputs_.push_back(spread(stem));
    for (int k = 0; k < 2; ++k) {
      scaling_ = k == 0 ? 0.25 : 0.5;
      const std::string name = fmt::format("cell_stem_{}", k);
      cell(genotype_.reduction, name, name, 2, before_last());
    }
    scaling_ = 1;
    if (last().size() == 1) graph_.endpoints.emplace_back("Stem", last()[0]);
  }

  void cell(const space::Cell& cell, const std::string& scope, const std::string& endpoint,
            int stride, const CellOutput& previous) {
    builder_.begin_section(scope, joined_shape(last()), joined_shape(previous));
    const int filters = static_cast<int>(graph_.settings.filters * scaling_);
    const CellOutput output =
        build_cell(builder_, cell, last(), previous,
                   {scope, filters, stride, cell_number_++, graph_.settings.pooling});
    graph_.sections.back().out = joined_shape(output);
    for (size_t k = 0; k < output.size(); ++k)
      graph_.endpoints.emplace_back(
          output.size() == 1 ? endpoint : fmt::format("{}/{}", endpoint, k), output[k]);
    outputs_.push_back(output);
  }

  /// Spec 4.5. A map smaller than the 5x5 window is pooled whole.
  void auxiliary_head(int cell_index) {
    const std::string scope = fmt::format("aux_{}/aux_logits", cell_index);
    builder_.begin_section(kAuxiliarySection, joined_shape(last()), {});
    const int joined = builder_.concat(last());
    const int window = std::min({5, builder_.shape(joined).height, builder_.shape(joined).width});
    const int pooled =
        builder_.pool(OperatorKind::kAvgPool, builder_.relu(joined), window, 3, false);
    const int proj =
        builder_.batch_norm(builder_.conv(pooled, scope + "/proj", 128), scope + "/aux_bn0");
    const Shape small = builder_.shape(proj);
    const int full = builder_.conv(builder_.relu(proj), scope + "/Conv", 768, small.height,
                                   small.width, 1, 1, 1, false);
    const int features = builder_.relu(builder_.batch_norm(full, scope + "/aux_bn1"));
    graph_.auxiliary_logits = builder_.linear(features, scope + "/FC", graph_.settings.classes);
    builder_.end_section(graph_.auxiliary_logits);
    graph_.endpoints.emplace_back("AuxLogits", graph_.auxiliary_logits);
  }

  void head() {
    builder_.begin_section("FC", joined_shape(last()), {});
    const int pooled = builder_.global_pool(builder_.relu(builder_.concat(last())));
    graph_.endpoints.emplace_back("global_pool", pooled);
    const int kept = graph_.recipe.dropout_keep < 1 ? builder_.dropout(pooled) : pooled;
    graph_.logits = builder_.linear(kept, "final_layer/FC", graph_.settings.classes);
    builder_.end_section(graph_.logits);
    graph_.endpoints.emplace_back("Logits", graph_.logits);
  }

  const space::Genotype& genotype_;
  Graph& graph_;
  Builder builder_;
  std::vector<CellOutput> outputs_;  // of the stem and of every cell so far; starts with "none"
  double scaling_ = 1;
  int cell_number_ = 0;
};

void check_settings(const StackSettings& settings) {
  const auto demand = [](bool good, const std::string& what) {
    if (!good) throw InputError(what);
  };
  demand(settings.cells >= 1 && settings.cells <= 100,
         fmt::format("--cells is {}; it must be 1 to 100", settings.cells));
  demand(settings.filters >= 1 && settings.filters <= 4096,
         fmt::format("--filters is {}; it must be 1 to 4096", settings.filters));
  demand(settings.classes >= 2 && settings.classes <= 1000000,
         fmt::format("the number of classes is {}; it must be 2 to 1000000", settings.classes));
  const Shape& input = settings.input;
  const int least = settings.stack == StackKind::kCifar ? 4 : 32;
  demand(
      input.height >= least && input.width >= least && input.height <= 4096 && input.width <= 4096,
      fmt::format("the input is {}x{}; the {} stack takes {} to 4096 pixels a side", input.height,
                  input.width, to_text(settings.stack), least));
  demand(input.channels >= 1 && input.channels <= 1024,
         fmt::format("the input has {} channels; it must be 1 to 1024", input.channels));
  demand(settings.stack == StackKind::kCifar || settings.filters >= 4,
         fmt::format("--filters is {}; the stem cells of the {} stack need at least 4",
                     settings.filters, to_text(settings.stack)));
}

/// A cell takes the last two outputs, or, with separate outputs, all of the cell before.
void check_inputs(const space::Genotype& genotype) {
  for (const space::Cell* cell : {&genotype.normal, &genotype.reduction}) {
    const bool fits = cell->separate_outputs == genotype.normal.separate_outputs &&
                      cell->inputs == (cell->separate_outputs ? genotype.normal.inputs : 2);
    if (!fits)
      throw InputError(fmt::format(
          "genotype '{}' cannot be stacked: its cells must both take two inputs and concatenate "
          "their outputs, or both pass on as many separate outputs as they take inputs",
          genotype.name));
  }
}

}  // namespace

StackSettings stack_settings(StackKind stack) {
  return find_stack(stack).settings;
}

Recipe stack_recipe(StackKind stack) {
  return find_stack(stack).recipe;
}

Graph build(const space::Genotype& genotype, const StackSettings& settings) {
  check_settings(settings);
  space::check(genotype);
  check_inputs(genotype);
  Graph graph;
  graph.settings = settings;
  graph.recipe = stack_recipe(settings.stack);
  StackBuilder(genotype, graph).build();
  return graph;
}

std::vector<int> trunk_ends(const Graph& graph) {
  const int last = 2 * graph.settings.cells - 1;
  if (last == 1 && graph.recipe.strided_cells)
    throw InputError(
        fmt::format("the {} stack with --cells 1 cannot be cut before its last stage: the results "
                    "there have two "
                    "sizes; it needs at least --cells 2",
                    to_text(graph.settings.stack)));
  const bool reduced = last == 1;
  return {graph.endpoint(reduced ? "Reduction_Cell_0" : fmt::format("Cell_{}", last - 1)),
          graph.endpoint(fmt::format("Cell_{}", last))};
}

Graph build_tail(const space::Genotype& genotype, const StackSettings& settings, int height,
                 int width) {
  if (genotype.normal.separate_outputs)
    throw InputError(fmt::format(
        "genotype '{}' cannot be a head on crops: its cells have separate outputs", genotype.name));
  const Graph whole = build(genotype, settings);
  std::vector<int> channels;
  for (const int end : trunk_ends(whole)) channels.push_back(whole.operators[end].output.channels);
  Graph graph;
  graph.settings = settings;
  graph.settings.input = {height, width, channels[0] + channels[1]};
  graph.settings.auxiliary_head = false;
  graph.recipe = whole.recipe;
  StackBuilder(genotype, graph).build_tail(channels[0], channels[1]);
  return graph;
}

}  // namespace nasnet::graph
