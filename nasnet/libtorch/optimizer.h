#pragma once

#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <vector>

#include "nasnet/libtorch/module.h"
#include "nasnet/libtorch/tensors.h"
#include "nasnet/network/network.h"

namespace nasnet::libtorch {

/// The formulas of network/optimizer.h on a module's tensors, by libtorch's operators over all of
/// them at once, so that a GPU is given a few kernels instead of one a tensor.
class Optimizer {
 public:
  Optimizer(Module& module, const network::LearningRule& rule);

  /// Applies the gradients of the last backward pass and lets them go. Returns their global norm,
  /// decay included, before clipping, on the module's device: reading it would hold a GPU up.
  at::Tensor step(double rate, int64_t steps);

  /// See network::Learner.
  std::vector<NamedTensor> state() const;

 private:
  struct Slot {
    std::string name;
    at::Tensor weight, velocity;
    at::Tensor mean_square;  // of RMSProp and AdamW, else undefined
    bool decayed;
    double rate_share;
  };
  at::Tensor add_decay();
  void update(double rate_share, double rate, const at::Tensor& scale, int64_t steps);

  network::LearningRule rule_;
  std::vector<Slot> slots_;
  std::set<double> rate_shares_;  // of the slots: those of one are updated together
};

}  // namespace nasnet::libtorch
