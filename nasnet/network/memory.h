#pragma once

#include <cstdint>

#include "nasnet/graph/graph.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// Bytes that a tensor takes beside its values: the object, its storage, the allocator's own.
inline constexpr int64_t kTensorBytes = 512;

/// The parameters and the running statistics of batch normalisation, in float32.
int64_t parameter_bytes(const graph::Graph& graph);
/// The trainable parameters alone: as much again is a gradient, a velocity, an average of theirs.
int64_t gradient_bytes(const graph::Graph& graph);

/// Memory that passes over a batch take at most, beside parameters and gradients.
struct PassMemory {
  /// Values, and in training their gradients: proportional to the batch.
  int64_t activations = 0;
  /// What does not grow with the batch. Fused: packed weights, parts of weight gradients, bordered
  /// images and rows of one thread; reference: copies of weights, a convolution's own memory.
  int64_t scratch = 0;
  int64_t total() const { return activations + scratch; }
};

/// Reckoned from the graph, without computing anything.
///
/// Fused: activations = Plan::values_per_image x batch values of 4 bytes, or 2 in bf16, in whole
/// huge pages of 2 MiB (see arena.h), in inference of as many images as are taken at a time;
/// scratch = 4 x (both packed forms of every convolution + the parts, at most 8, of the largest
/// weight's gradient + three bordered images and a tile of rows, the largest).
///
/// Reference, all of it as if in float32: 1.25, for the gaps in the heap, x the largest sum of
/// results that are alive, over all operators forth and, in training, back. A result is alive until
/// its last reader has run; in training also until the way back has passed the operator that keeps
/// it: a convolution, a pool and a linear layer keep their input, a ReLU its result, batch
/// normalisation its input, a max pool in addition an index of 8 bytes a value. On the way back a
/// gradient is alive from its first reader's to its own operator.
PassMemory estimate_pass(const graph::Graph& graph, Kernels kernels, Precision precision,
                         bool training, int64_t batch);

}  // namespace nasnet::network
