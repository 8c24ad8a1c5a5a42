#pragma once

#include "nasnet/graph/graph.h"
#include "nasnet/space/cell.h"

namespace nasnet::graph {

/// The published settings of a stack (TF-slim's cifar_config and imagenet_config functions): 6@768,
/// 4@1056 and 6@4032.
StackSettings stack_settings(StackKind stack);
Recipe stack_recipe(StackKind stack);

/// Stacks the genotype as the paper's figure 2 and TF-slim's _build_nasnet_base do: stem; N normal
/// cells, a reduction cell, N normal cells, a reduction cell, N normal cells; global pool and a
/// linear layer. Filters double at each reduction. Throws InputError for settings that make no
/// network (no filters, an input too small for two reductions).
Graph build(const space::Genotype& genotype, const StackSettings& settings);

/// The two results that the second reduction reads, the earlier one first: operators of a graph of
/// build(), of cells that concatenate their outputs. A detector's first stage ends there in the
/// paper (section 4.4). Throws InputError where they differ in size: cells of stride 2 in place of
/// reductions, one a stage.
std::vector<int> trunk_ends(const Graph& graph);

/// The network from the second reduction on, as a detector's head on crops: of an image with the
/// channels of both trunk_ends() side by side to the ReLU after the last cell, its only output.
/// Parameters, cell numbers and names are those of build(). Throws InputError for a genotype whose
/// cells have separate outputs.
Graph build_tail(const space::Genotype& genotype, const StackSettings& settings, int height,
                 int width);

}  // namespace nasnet::graph
