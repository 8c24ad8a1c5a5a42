#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::train {

/// A part of a network that learns as one: the stem, a stem cell, a cell, or a head.
struct LayerGroup {
  std::string name;  ///< of its section: "conv0", "cell_3", "FC"
  bool head = false;
  int cell = -1;       ///< its number among the cells after the stem, from 0; -1 for stem and heads
  int steps_back = 0;  ///< groups from the heads to this one: 0 for the heads, 1 for the last cell
};

/// By section of the graph, in its order.
std::vector<LayerGroup> layer_groups(const graph::Graph& graph);

/// Freezes what TuneSettings::freeze names. Throws InputError for a text that is none of its, and
/// for more cells than there are.
void freeze_layers(graph::Graph& graph, const std::string& freeze);

/// By parameter: decay^steps_back, its share of a step's rate (LearningRule::rate_shares). Empty
/// for a decay of 1.
std::vector<double> rate_shares(const graph::Graph& graph, double decay);

/// "0.01 heads, 0.008 cell_2, ..., frozen stem": from the heads to the input, at this rate.
std::string describe_rates(const graph::Graph& graph, double decay, double rate);

}  // namespace nasnet::train
