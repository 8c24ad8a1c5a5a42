#pragma once

#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::graph {

/// A part of a network, and where its results are.
struct Cut {
  Graph graph;
  std::vector<int> outputs;  ///< operators of `graph`, in the order in which they were asked for
};

/// Leaves out all operators, parameters and sections that `outputs` do not need. The rest keeps its
/// names and its order. Endpoints that are left out
/// cannot be asked for, and logits that are have the index -1.
Cut cut(const Graph& graph, const std::vector<int>& outputs);

/// Batch norms stay as they are in training: they use their running statistics, which are not
/// updated. Gamma and beta are frozen with them unless `affine`: then they are learned.
void freeze_batch_norms(Graph& graph, bool affine);

}  // namespace nasnet::graph
