#include "nasnet/space/nasbench201.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/space/canonical.h"

// The cells of NAS-Bench-201 (Dong & Yang 2020), their official strings, and which of them compute
// the same. For that a cell is multiplied out: each node becomes a sum of terms, a term being the
// input or a convolution's result, pooled so many times.

namespace nasnet::space {
namespace {

/// Node 0 is the input, node 3 the output.
constexpr int kNodes = 4;
constexpr std::array<std::string_view, Nasbench201Space::kChoices> kNames = {
    "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};

/// How often a term is pooled, and the atom that it begins with: 0 the cell's input, 1 + k the
/// convolution on edge k.
using Term = std::pair<int, int>;
/// A node as a sum: its terms and how often each occurs.
using Sum = std::map<Term, int>;

/// The sum of the cell's output, and what each convolution reads.
struct Sums {
  Sum output;
  std::vector<Sum> inputs;  // one an edge; empty where it carries no convolution of anything
};

/// Goes through the edges once: those into a node come after those into all earlier nodes, so that
/// the sum that an edge reads is complete.
Sums sums_of(const Choices& choices) {
  const auto& edges = Nasbench201Space::edges();
  std::array<Sum, kNodes> nodes;
  nodes[0] = {{{0, 0}, 1}};
  Sums sums;
  sums.inputs.resize(edges.size());
  for (size_t e = 0; e < edges.size(); ++e) {  // in the order of the nodes that they end in
    const Sum& from = nodes[edges[e].from];
    Sum& to = nodes[edges[e].to];
    const int choice = choices[e];
    // A convolution of nothing counts as nothing, as in the paper.
    if (choice == Nasbench201Space::kNone || from.empty()) continue;
    if (choice == Nasbench201Space::kConv1x1 || choice == Nasbench201Space::kConv3x3) {
      sums.inputs[e] = from;
      ++to[{0, 1 + static_cast<int>(e)}];
      continue;
    }
    // Skips and pools are linear and have no weights: they act on each term alone.
    const int pooled = choice == Nasbench201Space::kAvgPool3x3 ? 1 : 0;
    for (const auto& [term, times] : from) to[{term.first + pooled, term.second}] += times;
  }
  sums.output = nodes[kNodes - 1];
  return sums;
}

}  // namespace

const std::vector<Nasbench201Space::Edge>& Nasbench201Space::edges() {
  static const std::vector<Edge> edges = {{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}};
  return edges;
}

Nasbench201Space::Nasbench201Space() {
  for (size_t e = 0; e < edges().size(); ++e)
    decisions_.push_back({fmt::format("{}-{}", edges()[e].from, edges()[e].to), 0, kChoices});
}

std::string Nasbench201Space::describe(const Choices& choices) const {
  check(choices);
  std::string text;
  int node = 0;
  for (size_t e = 0; e < edges().size(); ++e) {
    if (edges()[e].to != node) text += node == 0 ? "|" : "+|";
    node = edges()[e].to;
    text += fmt::format("{}~{}|", kNames[choices[e]], edges()[e].from);
  }
  return text;
}

std::string Nasbench201Space::choice_name(size_t, int choice) const {
  return std::string(kNames.at(choice));
}

Choices Nasbench201Space::parse(std::string_view arch) const {
  Choices choices;
  size_t at = 0;
  for (size_t e = 0; e < edges().size(); ++e) {
    // Groups of edges into one node are joined by "+"; edges stand between bars.
    const bool opens = e == 0 || edges()[e].to != edges()[e - 1].to;
    const std::string_view before = e == 0 ? "|" : opens ? "+|" : "";
    const std::string after = fmt::format("~{}|", edges()[e].from);
    const size_t end = arch.find(after, at);
    if (arch.substr(at, before.size()) != before || end == std::string_view::npos) break;
    const std::string_view name = arch.substr(at + before.size(), end - at - before.size());
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) break;
    choices.push_back(static_cast<int>(found - kNames.begin()));
    at = end + after.size();
  }
  if (choices.size() != edges().size() || at != arch.size())
    throw InputError(fmt::format("'{}' is no cell of NAS-Bench-201; such a one looks like {}",
                                 arch.substr(0, 200), describe(Choices(edges().size(), kNone))));
  return choices;
}

std::string Nasbench201Space::canonical(const Choices& choices) const {
  check(choices);
  const Sums sums = sums_of(choices);
  LabelledGraph graph;
  std::vector<int> number(1 + edges().size(), -1);  // of each atom among the graph's nodes
  // A read's label says how often its term occurs and how often it is pooled.
  const auto reads = [&](const Sum& sum) {
    std::vector<LabelledGraph::Read> reads;
    for (const auto& [term, times] : sum)
      reads.push_back({number[term.second], fmt::format("{}*pool{}", times, term.first)});
    return reads;
  };
  // Edges that the output needs, from the last to the first: a convolution reads earlier ones only.
  std::vector<bool> needed(number.size(), false);
  const auto need = [&](const Sum& sum) {
    for (const auto& [term, times] : sum) needed[term.second] = true;
  };
  need(sums.output);
  for (size_t e = edges().size(); e-- > 0;)
    if (needed[1 + e]) need(sums.inputs[e]);
  graph.nodes.push_back({"input", {}});
  number[0] = 0;
  for (size_t e = 0; e < edges().size(); ++e) {
    if (!needed[1 + e]) continue;
    number[1 + e] = static_cast<int>(graph.nodes.size());
    graph.nodes.push_back({std::string(kNames[choices[e]]), reads(sums.inputs[e])});
  }
  graph.nodes.push_back({"output", reads(sums.output)});
  return canonical_text(graph);
}

std::optional<double> Nasbench201Space::weightless_share(const Choices& choices) const {
  check(choices);
  const auto without = std::count_if(choices.begin(), choices.end(), [](int choice) {
    return choice != kConv1x1 && choice != kConv3x3;
  });
  return static_cast<double>(without) / static_cast<double>(choices.size());
}

}  // namespace nasnet::space
