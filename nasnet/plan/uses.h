#pragma once

// The memory that each work of a plan reads and writes: lifetimes, and what is computed again,
// follow from it.

#include <vector>

#include "nasnet/plan/plan.h"

namespace nasnet::plan {

/// Buffers of values that a work of the way forward reads and writes.
struct ForwardUse {
  std::vector<int> reads, writes;
};
ForwardUse forward_use(const Plan& plan, const Work& work);

/// Buffers that a work of the way back uses: values, all of which it reads, and gradients.
struct BackwardUse {
  std::vector<int> values, gradients;
};
BackwardUse backward_use(const graph::Graph& graph, const Plan& plan, const Work& work);

}  // namespace nasnet::plan
