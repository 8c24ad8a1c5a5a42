#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nasnet/graph/graph.h"
#include "nasnet/graph/padding.h"

namespace nasnet::libtorch {

/// One operator on libtorch tensors in N x C x H x W order. `in` is its first input, `op` its
/// description, `before` the shape of its input.
at::Tensor convolution(const at::Tensor& in, const at::Tensor& weight, const graph::Operator& op,
                       const graph::Shape& before);
at::Tensor average_pool(const at::Tensor& in, const graph::Operator& op,
                        const graph::Shape& before);
at::Tensor max_pool(const at::Tensor& in, const graph::Operator& op, const graph::Shape& before);
/// Every second pixel from (offset, offset), zeros where the index runs past the edge.
at::Tensor subsample(const at::Tensor& in, int offset);
/// Keeps an image's branch with probability `keep` and divides it by `keep`, else zero; one draw an
/// image, from the stream (seed, step, stream).
at::Tensor drop_path(const at::Tensor& in, double keep, uint64_t seed, int64_t step,
                     uint64_t stream);
/// Ordinary dropout of single values, from the same kind of stream.
at::Tensor dropout(const at::Tensor& in, double keep, uint64_t seed, int64_t step, uint64_t stream);

}  // namespace nasnet::libtorch
