#pragma once

#include <cstdint>

#include "nasnet/graph/graph.h"
#include "nasnet/network/computation.h"
#include "nasnet/plan/pass_memory.h"

namespace nasnet::network {

/// Bytes that a tensor takes beside its values: the object, its storage, the allocator's own.
inline constexpr int64_t kTensorBytes = 512;

/// The parameters and the running statistics of batch normalisation, in float32.
int64_t parameter_bytes(const graph::Graph& graph);
/// The trainable parameters alone: as much again is a gradient, a velocity, an average of theirs.
int64_t gradient_bytes(const graph::Graph& graph);

using plan::PassMemory;

/// The numbers of the fused kernels' activations.
plan::ValueType value_type(Precision precision);

/// A pass of a batch through a network.
struct PassShape {
  Kernels kernels = Kernels::kFused;
  Precision precision = Precision::kFloat32;
  bool training = false;
  int64_t batch = 1;
};

/// Of the fused kernels as plan/pass_memory.h says, of the reference as reference_memory.h.
PassMemory estimate_pass(const graph::Graph& graph, const PassShape& pass);

}  // namespace nasnet::network
