#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/graph/graph.h"

namespace nasnet::scores {

/// A graph with its initial parameters, whose training passes drop nothing.
struct Untrained {
  Untrained(const graph::Graph& of, uint64_t seed);

  std::shared_ptr<const graph::Graph> graph;
  std::vector<Tensor> parameters;  ///< in the graph's order
};

/// See Score::kJacov. `images`: N x channels x height x width. NaN without a signal.
double jacov(Untrained& network, const Tensor& images, int threads);
/// See Score::kNaswot. -infinity where two images' codes are equal.
double naswot(Untrained& network, const Tensor& images, int threads);
/// See Score::kSynflow. -infinity without a signal.
double synflow(const Untrained& network);

}  // namespace nasnet::scores
