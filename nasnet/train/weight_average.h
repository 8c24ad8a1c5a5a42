#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/network/network.h"
#include "nasnet/network/weights.h"

namespace nasnet::train {

/// min(limit, (1 + step) / (10 + step)): the decay of TensorFlow's ExponentialMovingAverage with
/// num_updates, small at first so that the average soon forgets where the training began (spec
/// 4.7). `step`: steps done.
double average_decay(double limit, int64_t step);

/// An exponential moving average of all of a network's tensors, running statistics of batch
/// normalisation included (as TF-slim's training averages all model variables). It starts at the
/// values that the network has.
class WeightAverage {
 public:
  /// `decay`: its limit, 0.9999 in the paper.
  WeightAverage(const network::Network& network, double decay);

  /// After the step that makes `steps` of them:  a <- d a + (1 - d) w,  d = average_decay().
  void update(int64_t steps);

  /// Gives the network the averaged values; to be done once its training is over.
  void copy_to_network() const;

  /// The averages under their parameters' names, as in a checkpoint.
  const std::vector<network::NamedTensor>& state() const { return averages_; }

 private:
  double decay_;
  std::vector<network::NamedTensor> weights_, averages_;
};

}  // namespace nasnet::train
