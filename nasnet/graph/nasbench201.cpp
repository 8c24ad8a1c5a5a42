// The network of NAS-Bench-201. Edges without operation make zeros that other edges pass on: they
// are folded while the network is built, and stay only where a convolution or the next cell reads
// them.

#include "nasnet/graph/nasbench201.h"

#include <fmt/format.h>

#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/graph/builder.h"
#include "nasnet/space/nasbench201.h"

namespace nasnet::graph {
namespace {

using space::Nasbench201Space;

class Nasbench201Builder {
 public:
  Nasbench201Builder(const space::Choices& choices, const Nasbench201Settings& settings,
                     Graph& graph)
      : choices_(choices), settings_(settings), graph_(graph), builder_(graph) {}

  void build() {
    builder_.begin_section("stem", settings_.input, {});
    const int image = builder_.input(settings_.input);
    int x = norm(builder_.conv(image, "stem", settings_.filters, 3), "stem");
    end_section("Stem", x);
    int number = 0;
    for (int stage = 0; stage < 3; ++stage) {
      if (stage > 0) x = residual(x, fmt::format("reduction_cell_{}", stage - 1));
      for (int i = 0; i < settings_.cells; ++i) x = cell(x, fmt::format("cell_{}", number++));
    }
    graph_.total_cells = 3 * settings_.cells + 2;
    builder_.begin_section("FC", builder_.shape(x), {});
    x = builder_.relu(builder_.batch_norm(x, "final_bn"));
    graph_.logits = builder_.linear(builder_.global_pool(x), "final_layer/FC", settings_.classes);
    end_section("Logits", graph_.logits);
  }

 private:
  void end_section(const std::string& endpoint, int output) {
    builder_.end_section(output);
    graph_.endpoints.emplace_back(endpoint, output);
  }
  int norm(int x, const std::string& scope) { return builder_.batch_norm(x, scope + "/bn"); }

  int relu_conv(int x, const std::string& scope, int filters, int kernel, int stride = 1) {
    const int conv = builder_.conv(builder_.relu(x), scope, filters, kernel, stride);
    builder_.centre(conv);
    return norm(conv, scope);
  }

  /// A node is none where it is 0.
  using Node = std::optional<int>;

  int cell(int input, const std::string& scope) {
    builder_.begin_section(scope, builder_.shape(input), {});
    constexpr int kNodes = 4;
    Node nodes[kNodes] = {input};
    Node zero;
    const auto value = [&](const Node& node) {
      if (node) return *node;
      if (!zero) zero = builder_.zero(input);
      return *zero;
    };
    for (int to = 1; to < kNodes; ++to)
      for (size_t e = 0; e < choices_.size(); ++e) {
        const Nasbench201Space::Edge& edge = Nasbench201Space::edges()[e];
        if (edge.to != to) continue;
        const Node& from = nodes[edge.from];
        const std::string name = fmt::format("{}/edge_{}_{}", scope, edge.from, to);
        const Node term = operation(choices_[e], from, value, name);
        if (term) nodes[to] = nodes[to] ? builder_.add(*nodes[to], *term) : *term;
      }
    const int output = value(nodes[kNodes - 1]);
    end_section(scope, output);
    return output;
  }

  template <class Value>
  Node operation(int choice, const Node& from, Value value, const std::string& name) {
    switch (choice) {
      case Nasbench201Space::kSkip:
        return from;
      case Nasbench201Space::kAvgPool3x3:
        if (!from) return from;
        return builder_.pool(OperatorKind::kAvgPool, *from, 3, 1);
      case Nasbench201Space::kConv1x1:
        return edge_conv(value(from), name + "/conv_1x1", 1);
      case Nasbench201Space::kConv3x3:
        return edge_conv(value(from), name + "/conv_3x3", 3);
      default:
        return std::nullopt;
    }
  }

  int edge_conv(int x, const std::string& scope, int kernel) {
    return relu_conv(x, scope, builder_.shape(x).channels, kernel);
  }

  /// A basic block of a residual network, whose other branch has no norm.
  int residual(int x, const std::string& scope) {
    builder_.begin_section(scope, builder_.shape(x), {});
    const int filters = 2 * builder_.shape(x).channels;
    const int first = relu_conv(x, scope + "/conv_a", filters, 3, 2);
    const int second = relu_conv(first, scope + "/conv_b", filters, 3);
    const int small = builder_.pool(OperatorKind::kAvgPool, x, 2, 2);
    const int projected = builder_.conv(small, scope + "/downsample", filters);
    const int sum = builder_.add(builder_.no_bias(projected, scope + "/downsample"), second);
    end_section(scope, sum);
    return sum;
  }

  const space::Choices& choices_;
  const Nasbench201Settings& settings_;
  Graph& graph_;
  Builder builder_;
};

}  // namespace

Graph build_nasbench201(const space::Choices& choices, const Nasbench201Settings& settings) {
  const auto demand = [](bool good, const std::string& what) {
    if (!good) throw InputError(what);
  };
  demand(settings.cells >= 1 && settings.cells <= 100,
         fmt::format("a stage has {} cells; it must be 1 to 100", settings.cells));
  demand(settings.filters >= 1 && settings.filters <= 4096,
         fmt::format("the first stage has {} filters; it must be 1 to 4096", settings.filters));
  demand(settings.classes >= 2, "a network tells two classes at least");
  const Shape& input = settings.input;
  demand(
      input.height >= 4 && input.width >= 4 && input.height % 4 == 0 && input.width % 4 == 0 &&
          input.height <= 4096 && input.width <= 4096 && input.channels >= 1,
      fmt::format("the input is {}x{}; NAS-Bench-201's network halves it twice: a side must be a "
                  "multiple of 4, up to 4096",
                  input.height, input.width));
  demand(choices.size() == Nasbench201Space::edges().size(),
         fmt::format("a cell of NAS-Bench-201 has {} edges, not {}",
                     Nasbench201Space::edges().size(), choices.size()));
  for (const int choice : choices)
    demand(choice >= 0 && choice < Nasbench201Space::kChoices,
           fmt::format("{} is no operation of NAS-Bench-201", choice));
  Graph graph;
  graph.settings = {.stack = StackKind::kCifar,
                    .cells = settings.cells,
                    .filters = settings.filters,
                    .classes = settings.classes,
                    .input = settings.input};
  Nasbench201Builder(choices, settings, graph).build();
  return graph;
}

}  // namespace nasnet::graph
