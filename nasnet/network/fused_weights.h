#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nasnet/kernels/aligned.h"

namespace nasnet::network {

/// A convolution's weights as the kernels want them, with the tensors' own order in between:
/// `forward` has a row for each of kernel height x kernel width x inputs, of padded(outputs)
/// floats; `backward` is its transpose, outputs rows of padded(inner).
struct PackedConvolution {
  kernels::AlignedFloats forward, backward;
  int64_t inner = 0, outputs = 0;
};

/// From [outputs, inputs, height, width] or [outputs, inputs].
void pack(const at::Tensor& weight, bool both_ways, PackedConvolution& packed);
/// Adds a gradient of the form of `forward` to the weight's own.
void unpack_gradient(const float* gradient, const at::Tensor& weight, at::Tensor& into);

/// Depthwise weights [channels, 1, k, k] as k x k rows of padded(channels) floats, and back.
void pack_depthwise(const at::Tensor& weight, kernels::AlignedFloats& packed);
void unpack_depthwise_gradient(const float* gradient, const at::Tensor& weight, at::Tensor& into);

/// A vector padded with zeros.
void pack_channels(const at::Tensor& values, kernels::AlignedFloats& packed);

/// The parameter's gradient, zeros where it had none.
at::Tensor& gradient_of(at::Tensor& parameter);

}  // namespace nasnet::network
