#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/libtorch/module.h"
#include "nasnet/libtorch/tensors.h"

namespace nasnet::libtorch {

/// The formula of network/weight_average.h on a module's tensors.
class WeightAverage {
 public:
  /// `decay`: its limit, 0.9999 in the paper.
  WeightAverage(Module& module, double decay);

  /// After the step that makes `steps` of them:  a <- d a + (1 - d) w,  d = average_decay().
  void update(int64_t steps);

  /// Gives the module the averaged values; to be done once its training is over.
  void copy_to_module() const;

  /// The averages under their parameters' names, as in a checkpoint.
  const std::vector<NamedTensor>& state() const { return averages_; }

 private:
  double decay_;
  std::vector<NamedTensor> weights_, averages_;
};

}  // namespace nasnet::libtorch
