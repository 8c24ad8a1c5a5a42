#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/graph.h"

namespace nasnet::scores {

/// A graph with its initial parameters, whose training passes drop nothing.
class Untrained {
 public:
  Untrained(const graph::Graph& of, uint64_t seed, int threads);

  const graph::Graph& graph() const { return *graph_; }
  const std::vector<Tensor>& parameters() const { return parameters_; }  ///< in the graph's order

  /// A training pass over all images that gives these operators' results.
  fused::Executor::Trained train(const Tensor& images, const std::vector<int>& outputs,
                                 bool image_gradient);

 private:
  std::shared_ptr<const graph::Graph> graph_;
  std::vector<Tensor> parameters_;
  int threads_;
  /// One for each pass; later ones use the first one's memory.
  std::vector<std::unique_ptr<fused::Executor>> executors_;
};

/// See Score::kJacov. `images`: N x channels x height x width. NaN without a signal.
double jacov(Untrained& network, const Tensor& images);
/// See Score::kNaswot. -infinity where two images' codes are equal.
double naswot(Untrained& network, const Tensor& images);
/// See Score::kSynflow. -infinity without a signal.
double synflow(const Untrained& network);

}  // namespace nasnet::scores
