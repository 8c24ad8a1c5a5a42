#include <fmt/format.h>
#include <graphviz/gvc.h>

#include <memory>
#include <mutex>

#include "nasnet/base/error.h"
#include "nasnet/space/draw.h"

// Cells as pictures, as the paper draws them (figure 4): the text in Graphviz's language comes
// first, so that it can be tested and laid out elsewhere; Graphviz then places and renders it in
// this process, without a program to install.

namespace nasnet::space {
namespace {

/// A colour for each kind of work, so that a cell's character shows at a glance.
const char* colour(OperationFamily family) {
  switch (family) {
    case OperationFamily::kIdentity:
      return "#eceff1";
    case OperationFamily::kConv:
    case OperationFamily::kConvPair:
      return "#d1c4e9";
    case OperationFamily::kSeparable:
      return "#ffe0a3";
    case OperationFamily::kDilatedSeparable:
      return "#ffccbc";
    case OperationFamily::kAvgPool:
      return "#c8e6c9";
    case OperationFamily::kMaxPool:
      return "#bbdefb";
  }
  return "#ffffff";
}

/// Everything that goes into a quoted string of the DOT language.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

/// The paper's names: h_i for the cell before, h_i-1 for the one before that; by number where there
/// are not two. HTML-like labels, for the subscript.
std::string input_label(const Cell& cell, int input) {
  if (cell.inputs != 2) return fmt::format("<h<sub>{}</sub>>", input);
  return input == 0 ? "<h<sub>i</sub>>" : "<h<sub>i-1</sub>>";
}

constexpr const char* kMarkedNode = " color=\"#c2185b\" penwidth=3.5";
constexpr const char* kMarkedEdge = " [color=\"#c2185b\" penwidth=2.5 style=dashed]";

/// Collects the lines of both cells. Names of nodes carry the cell's prefix: one graph holds both.
class Dot {
 public:
  void cell(const Cell& cell, const std::vector<BlockMarks>& marks, const std::string& prefix,
            const std::string& title) {
    prefix_ = prefix;
    line("subgraph cluster_{} {{", prefix);
    line("label={} labelloc=b fontsize=18 color=\"#ffffff\"", quoted(title));
    // Inputs on one level at the bottom, with rankdir=BT.
    line("{{ rank=min");
    for (int i = 0; i < cell.inputs; ++i)
      line("{} [label={} fillcolor=\"#cfd8dc\" shape=box]", state(i), input_label(cell, i));
    line("}}");
    for (size_t i = 0; i < cell.blocks.size(); ++i)
      block(cell, i, i < marks.size() ? marks[i] : BlockMarks());
    outputs(cell);
    line("}}");
  }
  std::string text() const {
    return "digraph genotype {\n"
           "rankdir=BT ranksep=0.35 nodesep=0.18 bgcolor=\"#ffffff\" compound=true\n"
           "node [fontname=\"Helvetica\" fontsize=13 style=\"filled,rounded\" color=\"#546e7a\" "
           "shape=box height=0.35 margin=\"0.12,0.05\"]\n"
           "edge [color=\"#607d8b\" arrowsize=0.6]\n"
           "graph [fontname=\"Helvetica\"]\n" +
           text_ + "}\n";
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  std::string state(int index) const { return fmt::format("{}_s{}", prefix_, index); }

  void block(const Cell& cell, size_t index, const BlockMarks& marks) {
    const Block& block = cell.blocks[index];
    const int result = cell.inputs + static_cast<int>(index);
    line("{} [label={} shape=ellipse fillcolor=\"#ffffff\" style=filled{}]", state(result),
         quoted(std::string(label(block.combine))), marks.combine ? kMarkedNode : "");
    half(block.left, block.left_op, result, "l", marks.left_op, marks.left);
    half(block.right, block.right_op, result, "r", marks.right_op, marks.right);
  }

  /// An operation between the state that it reads and its block.
  void half(int from, Operation operation, int result, const char* side, bool marks_operation,
            bool marks_edge) {
    const OperationInfo& what = info(operation);
    const std::string node = fmt::format("{}_{}{}", prefix_, side, result);
    line("{} [label={} fillcolor=\"{}\"{}]", node, quoted(std::string(what.label)),
         colour(what.family), marks_operation ? kMarkedNode : "");
    line("{} -> {}{}", state(from), node, marks_edge ? kMarkedEdge : "");
    line("{} -> {}", node, state(result));
  }

  void outputs(const Cell& cell) {
    if (cell.separate_outputs) {
      for (size_t k = 0; k < cell.outputs.size(); ++k) {
        const std::string node = fmt::format("{}_out{}", prefix_, k);
        line("{} [label=<output {}> fillcolor=\"#cfd8dc\"]", node, k);
        line("{} -> {}", state(cell.outputs[k]), node);
      }
      return;
    }
    line("{}_concat [label=\"concat\" fillcolor=\"#ffcdd2\"]", prefix_);
    line("{}_out [label=<h<sub>i+1</sub>> fillcolor=\"#cfd8dc\"]", prefix_);
    for (const int out : cell.outputs) line("{} -> {}_concat", state(out), prefix_);
    line("{0}_concat -> {0}_out", prefix_);
  }

  std::string prefix_, text_;
};

/// Graphviz keeps global state: one picture at a time.
std::mutex graphviz_mutex;

/// A text in Graphviz's language as a picture.
std::string render(const std::string& text, const char* format) {
  const std::lock_guard lock(graphviz_mutex);
  // Never freed: Graphviz loads its plugins with it, once.
  static GVC_t* context = gvContext();
  const std::unique_ptr<Agraph_t, int (*)(Agraph_t*)> graph(agmemread(text.c_str()), agclose);
  char* rendered = nullptr;
  unsigned length = 0;
  const bool drawn = graph && gvLayout(context, graph.get(), "dot") == 0;
  const bool made = drawn && gvRenderData(context, graph.get(), format, &rendered, &length) == 0;
  std::string bytes = made ? std::string(rendered, length) : std::string();
  if (rendered) gvFreeRenderData(rendered);
  if (drawn) gvFreeLayout(context, graph.get());
  // The library loads renderers as plugins at run time, and one may be missing.
  if (bytes.empty())
    throw SystemError("Graphviz could not draw the cells; is its package whole (libgvc6)?");
  return bytes;
}

}  // namespace

std::string draw_dot(const Genotype& genotype, const GenotypeMarks& marks) {
  Dot dot;
  dot.cell(genotype.normal, marks.normal, "n", "Normal cell");
  dot.cell(genotype.reduction, marks.reduction, "r", "Reduction cell");
  return dot.text();
}

std::string draw_svg(const Genotype& genotype, const GenotypeMarks& marks) {
  return render(draw_dot(genotype, marks), "svg");
}

std::string draw_png(const Genotype& genotype) {
  return render(draw_dot(genotype), "png");
}

}  // namespace nasnet::space
