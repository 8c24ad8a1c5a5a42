#pragma once

#include <cstdint>
#include <optional>

#include "nasnet/graph/graph.h"

namespace nasnet::graph {

/// How one forward pass over a graph is made.
struct Pass {
  bool training = false;  ///< batch statistics, drop-path and dropout
  /// Share of the training that is done, in [0, 1]: drop-path grows with it.
  double progress = 0;
  /// Share of the last cell's branches that are kept at the end of the training; 1: no drop-path.
  double drop_path_keep = 1;
  /// Name the random numbers of drop-path and dropout: same seed and step, same masks.
  uint64_t seed = 0;
  int64_t step = 0;
  /// Share of the running statistics that the pass keeps; none: see batch_norm_keep().
  std::optional<double> norm_keep;
  /// Cells to compute again on the way back, at most: less memory, more work, and the same bits.
  /// The fused kernels' alone; others keep all.
  int recomputed_cells = 0;
};

/// Probability that a drop-path operator of this cell keeps an image's branch (ScheduledDropPath,
/// version 3 of the released code): falls linearly with depth and with progress, from 1 down to
/// the pass's drop_path_keep.
double drop_path_keep(const Graph& graph, int cell_number, const Pass& pass);

/// Share of batch normalisation's running statistics that training step `step` (from 0) keeps: the
/// recipe's, but as little as max(0.9, (1 + step) / (10 + step)) at first. The ImageNet stacks'
/// 0.9997 would need thousands of steps to leave the initial values; CIFAR's 0.9 is unchanged.
double batch_norm_keep(const Graph& graph, int64_t step);
/// The pass's own, if it has one.
double batch_norm_keep(const Graph& graph, const Pass& pass);

}  // namespace nasnet::graph
