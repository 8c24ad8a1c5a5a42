#pragma once

#include <memory>

#include "nasnet/graph/graph.h"
#include "nasnet/latency/latency_table.h"
#include "nasnet/search/evaluators/child_scores.h"
#include "nasnet/search/goals/counter.h"

namespace nasnet::search {

/// The network that the best cells are meant for.
struct FinalStack {
  graph::StackSettings stack;
  std::shared_ptr<const latency::LatencyTable> latencies = {};  ///< of this stack, or null
};

/// Counts networks of a space's cells: of the child's stack "parameters" and "multiply_adds", of
/// the stack to be trained finally "final_parameters", "final_multiply_adds" and "final_memory",
/// the bytes that its weights and one image's values take together in inference. Auxiliary heads do
/// not count. With a table of latencies, also "final_latency_ms" as it predicts it. 0.2 ms a
/// network, 0.5 ms with its memory. The child's scores that are wanted are quantities, too. Both
/// stacks are of the data's images and classes; the space, which must have genotypes, is shared.
std::shared_ptr<const Counter> make_stack_counter(std::shared_ptr<const space::SearchSpace> space,
                                                  const graph::StackSettings& child,
                                                  const FinalStack& final_stack,
                                                  const ChildScores& scores);

/// The same quantities of one pair of cells, with the names that begin with "final_".
Measurements count_final(const space::Genotype& genotype, const FinalStack& final_stack);

}  // namespace nasnet::search
