#pragma once

#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/latency/latency_table.h"

namespace nasnet::latency {

/// `candidates` cells to fit, then `held_out` ones, drawn uniformly from the seed; no two of them
/// compute the same function. Without times yet. Throws InputError for a space without genotypes,
/// and for one with fewer cells.
std::vector<MeasuredCell> draw_cells(const space::SearchSpace& space, uint64_t seed, int candidates,
                                     int held_out);

/// The network of a cell. Throws InputError for choices outside of the space.
graph::Graph network_of(const space::SearchSpace& space, const space::Choices& choices,
                        const graph::StackSettings& stack);

}  // namespace nasnet::latency
