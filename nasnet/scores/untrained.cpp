#include "nasnet/scores/untrained.h"

#include "nasnet/graph/initial_values.h"

// Parameters are drawn once for all scores of a network.

namespace nasnet::scores {

Untrained::Untrained(const graph::Graph& of, uint64_t seed) {
  graph::Graph copy = of;
  copy.recipe.dropout_keep = 1;
  graph = std::make_shared<const graph::Graph>(std::move(copy));
  for (const graph::Parameter& parameter : graph->parameters) {
    parameters.emplace_back(parameter.shape);
    parameters.back().set_row_major(graph::initial_values(parameter, seed));
  }
}

}  // namespace nasnet::scores
