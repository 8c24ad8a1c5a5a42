#pragma once

#include <cstdint>

#include "nasnet/graph/graph.h"
#include "nasnet/plan/pass_memory.h"

namespace nasnet::network {

/// Memory that libtorch's operators take, one by one: scratch is copies of weights and a
/// convolution's own memory; activations, counted in float32, are 1.35 (for the gaps in the heap) x
/// the largest sum of live results over all operators, forward and, in training, backward. A result
/// is alive until its last reader has run; in training also until the way back has passed the
/// operator that keeps it: a convolution, a pool and a linear layer keep their input, a ReLU its
/// result, batch normalisation its input, a max pool in addition an index of 8 bytes a value. On
/// the way back a gradient is alive from its first reader's to its own operator.
plan::PassMemory estimate_reference(const graph::Graph& graph, bool training, int64_t batch);

}  // namespace nasnet::network
