#include "nasnet/train/layer_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/graph/count.h"
#include "nasnet/graph/cut.h"

// A graph's sections are its layers in their order, but for the auxiliary head, which stands where
// it branches off.

namespace nasnet::train {
namespace {

bool is_cell(const std::string& section) {
  return section.starts_with("reduction_cell_") ||
         (section.starts_with("cell_") && !section.starts_with("cell_stem_"));
}

/// Groups that stay as they are: those that `stays` says.
template <class Stays>
void freeze_groups(graph::Graph& graph, Stays stays) {
  std::vector<bool> frozen;
  for (const LayerGroup& group : layer_groups(graph)) frozen.push_back(stays(group));
  graph::freeze_sections(graph, frozen);
}

bool learns(const graph::Graph& graph, int section) {
  return std::ranges::any_of(graph.operators, [&](const graph::Operator& op) {
    return op.section == section && op.parameter_count > 0 && !op.frozen;
  });
}

}  // namespace

std::vector<LayerGroup> layer_groups(const graph::Graph& graph) {
  const int logits = graph.operators.at(graph.logits).section;
  std::vector<LayerGroup> groups;
  int cells = 0;
  for (size_t i = 0; i < graph.sections.size(); ++i) {
    const std::string& name = graph.sections[i].name;
    LayerGroup& group = groups.emplace_back();
    group.name = name;
    group.head = static_cast<int>(i) == logits || name == graph::kAuxiliarySection;
    if (is_cell(name)) group.cell = cells++;
  }
  int steps = 0;
  for (size_t i = groups.size(); i-- > 0;)
    if (!groups[i].head) groups[i].steps_back = ++steps;
  return groups;
}

void freeze_layers(graph::Graph& graph, const std::string& freeze) {
  if (freeze == "none") return;
  if (freeze == "trunk")
    return freeze_groups(graph, [](const LayerGroup& group) { return !group.head; });
  int64_t cells = 0;
  for (const LayerGroup& group : layer_groups(graph)) cells += group.cell >= 0;
  const int64_t count = freeze == "stem" ? 0 : parse_digits(freeze).value_or(-1);
  if (count < 0 || count > cells)
    throw InputError(fmt::format(
        "--freeze {}: give none, stem, trunk, or a number of cells, at most {}", freeze, cells));
  freeze_groups(graph, [&](const LayerGroup& group) { return !group.head && group.cell < count; });
}

std::vector<double> rate_shares(const graph::Graph& graph, double decay) {
  if (decay == 1) return {};
  const std::vector<LayerGroup> groups = layer_groups(graph);
  std::vector<double> shares(graph.parameters.size(), 1.0);
  for (const graph::Operator& op : graph.operators)
    for (int k = 0; k < op.parameter_count; ++k)
      shares[op.first_parameter + k] = std::pow(decay, groups[op.section].steps_back);
  return shares;
}

std::string describe_rates(const graph::Graph& graph, double decay, double rate) {
  const std::vector<LayerGroup> groups = layer_groups(graph);
  std::string text = fmt::format("{:.3g} heads", rate);
  std::string frozen;
  for (size_t i = groups.size(); i-- > 0;) {
    const LayerGroup& group = groups[i];
    if (group.head) continue;
    if (learns(graph, static_cast<int>(i))) {
      text += fmt::format(", {:.3g} {}", rate * std::pow(decay, group.steps_back), group.name);
    } else {
      frozen += (frozen.empty() ? "" : ", ") + group.name;
    }
  }
  return frozen.empty() ? text : text + "; frozen: " + frozen;
}

}  // namespace nasnet::train
