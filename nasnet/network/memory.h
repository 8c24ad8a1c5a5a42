#pragma once

#include <cstdint>
#include <optional>

#include "nasnet/graph/graph.h"
#include "nasnet/network/computation.h"
#include "nasnet/plan/pass_memory.h"

namespace nasnet::network {

/// Bytes that a tensor takes beside its values: the object, its storage, the allocator's own.
inline constexpr int64_t kTensorBytes = 512;

/// The parameters and the running statistics of batch normalisation, in float32.
int64_t parameter_bytes(const graph::Graph& graph);
/// The trainable parameters alone: as much again is a velocity, a mean square of theirs.
int64_t gradient_bytes(const graph::Graph& graph);
/// Of a contribution to a step (contribution.h): gradients and running statistics.
int64_t contribution_bytes(const graph::Graph& graph);

using plan::PassMemory;

/// The numbers of the fused kernels' activations.
plan::ValueType value_type(Precision precision);

/// The passes of a network, whose memory is estimated.
struct PassKind {
  Kernels kernels = Kernels::kFused;
  Precision precision = Precision::kFloat32;
  bool training = false;
  int recomputed_cells = 0;  ///< see graph::Pass
};

/// Of the fused kernels as plan/pass_memory.h says, of the reference as reference_memory.h.
class PassEstimate {
 public:
  /// The graph must live as long.
  PassEstimate(const graph::Graph& graph, const PassKind& kind);

  PassMemory of(int64_t batch) const;

 private:
  const graph::Graph& graph_;
  bool training_;
  std::optional<plan::PassEstimate> fused_;
};

}  // namespace nasnet::network
