#pragma once

#include <memory>
#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/graph/graph.h"
#include "nasnet/network/computation.h"

namespace nasnet::detect {

/// Makes what runs a detector's networks, on the kernels of its computation. Fused ones run in the
/// memory of the first, which must still be there when another is made: one runs at a time.
class Runners {
 public:
  explicit Runners(const network::Computation& computation) : computation_(computation) {}

  /// Throws InputError where the reference is asked for and there is none.
  std::unique_ptr<fused::Runner> make(const graph::Graph& graph, const std::vector<int>& outputs);

 private:
  const network::Computation computation_;
  fused::Executor* first_ = nullptr;
};

}  // namespace nasnet::detect
