#include "nasnet/scores/untrained.h"

#include <limits>

#include "nasnet/graph/initial_values.h"

// Parameters are drawn once, and memory is taken once, for all scores of a network.

namespace nasnet::scores {
namespace {

/// Values inside of cells are computed again on the way back: a fifth less memory for as much more
/// time of jacov, and none of NASWOT, which has no way back.
constexpr int kAllCells = std::numeric_limits<int>::max();

}  // namespace

Untrained::Untrained(const graph::Graph& of, uint64_t seed, int threads) : threads_(threads) {
  graph::Graph copy = of;
  copy.recipe.dropout_keep = 1;
  graph_ = std::make_shared<const graph::Graph>(std::move(copy));
  for (const graph::Parameter& parameter : graph_->parameters) {
    parameters_.emplace_back(parameter.shape);
    parameters_.back().set_row_major(graph::initial_values(parameter, seed));
  }
}

fused::Executor::Trained Untrained::train(const Tensor& images, const std::vector<int>& outputs,
                                          bool image_gradient) {
  executors_.push_back(
      executors_.empty()
          ? std::make_unique<fused::Executor>(
                graph_, fused::ExecutorSettings{.threads = threads_, .outputs = outputs})
          : std::make_unique<fused::Executor>(graph_, outputs, *executors_.front()));
  return executors_.back()->train({images.data(), images.extent(0), image_gradient},
                                  {.training = true, .recomputed_cells = kAllCells},
                                  {parameters_.begin(), parameters_.end()});
}

}  // namespace nasnet::scores
