// The schedules that a forward pass depends on.

#include "nasnet/graph/pass.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::graph {

double drop_path_keep(const Graph& graph, int cell_number, const Pass& pass) {
  NASNET_CHECK(cell_number >= 0 && cell_number < graph.total_cells);
  const double depth = static_cast<double>(cell_number + 1) / graph.total_cells;
  const double keep_of_cell = 1.0 - depth * (1.0 - pass.drop_path_keep);
  return 1.0 - std::min(1.0, pass.progress) * (1.0 - keep_of_cell);
}

double batch_norm_keep(const Graph& graph, int64_t step) {
  const auto done = static_cast<double>(step);
  return std::min(graph.recipe.batch_norm_decay, std::max(0.9, (1 + done) / (10 + done)));
}

double batch_norm_keep(const Graph& graph, const Pass& pass) {
  return pass.norm_keep.value_or(batch_norm_keep(graph, pass.step));
}

}  // namespace nasnet::graph
