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

/// Of the fused kernels as plan/pass_memory.h says. Of the reference: scratch is copies of weights
/// and a convolution's own memory; activations, all of it as if in float32, are 1.35, for the gaps
/// in the heap, x the largest sum of results that are alive, over all operators forth and, in
/// training, back. A result is alive until its last reader has run; in training also until the way
/// back has passed the operator that keeps it: a convolution, a pool and a linear layer keep their
/// input, a ReLU its result, batch normalisation its input, a max pool in addition an index of 8
/// bytes a value. On the way back a gradient is alive from its first reader's to its own operator.
PassMemory estimate_pass(const graph::Graph& graph, Kernels kernels, Precision precision,
                         bool training, int64_t batch);

}  // namespace nasnet::network
