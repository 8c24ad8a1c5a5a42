#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/images.h"
#include "nasnet/kernels/matmul.h"

namespace nasnet::fused {

/// A convolution's weights, packed for the kernels: `forward` has a row for each of kernel height
/// x kernel width x inputs, of padded(outputs) values. `backward` has, in float32, a row for each
/// of kernel height x kernel width x outputs, of padded(inputs) values; in bf16 it is the transpose
/// of `forward`, outputs rows of padded(inner).
template <class T>
struct PackedConvolution {
  kernels::Aligned<T> forward, backward;
  int64_t inner = 0, outputs = 0;

  /// Floats of the gradient, in the form of `forward`.
  int64_t gradient_size() const { return inner * kernels::padded(outputs); }
};

/// The passes that packed weights are for.
enum class Packing { kForward, kBothWays };

/// From [outputs, inputs, height, width] or [outputs, inputs]; several convolutions of the same
/// input lie side by side. `scale`: a factor for each output, or none.
template <class T>
void pack(const std::vector<TensorView>& weights, Packing packing, PackedConvolution<T>& packed,
          const std::vector<float>& scale = {});
/// Adds a packed gradient, in rows of `row` floats, to `into`, which is laid out as the weight.
void unpack_gradient(const float* gradient, int64_t row, const TensorView& weight, float* into);

/// Depthwise weights [channels, 1, k, k] as k x k rows of padded(channels) floats, and back.
void pack_depthwise(const TensorView& weight, kernels::AlignedFloats& packed);
void unpack_depthwise_gradient(const float* gradient, const TensorView& weight, float* into);

}  // namespace nasnet::fused
