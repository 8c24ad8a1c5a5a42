#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// min(limit, (1 + step) / (10 + step)): the decay of TensorFlow's ExponentialMovingAverage with
/// num_updates, small at first so that the average soon forgets where the training began. `step`:
/// steps done.
double average_decay(double limit, int64_t step);

/// An exponential moving average of all of a network's tensors, running statistics of batch
/// normalisation included (as TF-slim's training averages all model variables). It starts at their
/// current values.
class WeightAverage {
 public:
  /// `decay`: its limit, 0.9999 in the paper.
  WeightAverage(const graph::Graph& graph, std::vector<Tensor> tensors, double decay);

  /// After step number `steps`:  a <- d a + (1 - d) w,  d = average_decay().
  void update(const std::vector<Tensor>& tensors, int64_t steps);

  const std::vector<Tensor>& values() const { return averages_; }
  /// Under their parameters' names.
  std::vector<NamedTensor> state() const;
  void set_state(const std::vector<Tensor>& values);

 private:
  double decay_;
  std::vector<std::string> names_;
  std::vector<Tensor> averages_;
};

}  // namespace nasnet::network
