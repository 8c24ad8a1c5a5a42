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

/// The values of batch norms that training leaves as they are.
enum class FrozenNorms {
  kStatistics,  ///< means and variances; gamma and beta are learned
  kAll
};

/// Batch norms use their running statistics in training, too, and do not update them.
void freeze_batch_norms(Graph& graph, FrozenNorms frozen);

/// Training leaves these sections (by number) as they are, and passes through them as inference
/// does: their batch norms use the running statistics, and no branch of theirs is dropped.
void freeze_sections(Graph& graph, const std::vector<bool>& frozen);

}  // namespace nasnet::graph
