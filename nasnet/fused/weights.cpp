// Two packed orders, one for each way, as the products want the inner size outermost. Strides of
// the tensors are followed: weights lie channels-last or row-major.

#include "nasnet/fused/weights.h"

#include <algorithm>
#include <type_traits>

#include "nasnet/base/check.h"
#include "nasnet/kernels/images.h"

namespace nasnet::fused {
namespace {

using kernels::padded;

/// A weight tensor's extents and strides; depthwise ones have one input a channel.
struct Edges {
  int64_t outputs, inputs, height, width;
  int64_t by_output, by_input, by_row, by_column;  // strides
};

Edges edges(const TensorView& weight) {
  return {weight.shape[0],   weight.shape[1],   weight.shape[2],   weight.shape[3],
          weight.strides[0], weight.strides[1], weight.strides[2], weight.strides[3]};
}

/// Calls take(place in the window, input, output, the weight's offset) for each of them.
template <class Take>
void for_each_weight(const Edges& e, Take take) {
  for (int64_t o = 0; o < e.outputs; ++o)
    for (int64_t y = 0; y < e.height; ++y)
      for (int64_t x = 0; x < e.width; ++x)
        for (int64_t i = 0; i < e.inputs; ++i)
          take(y * e.width + x, i, o,
               o * e.by_output + i * e.by_input + y * e.by_row + x * e.by_column);
}

}  // namespace

template <class T>
void pack(const std::vector<TensorView>& weights, Packing packing, PackedConvolution<T>& packed,
          const std::vector<float>& scale) {
  const bool both_ways = packing == Packing::kBothWays;
  packed.outputs = 0;
  for (const TensorView& weight : weights) {
    const Edges e = edges(weight);
    const int64_t inner = e.inputs * e.height * e.width;
    NASNET_CHECK(packed.outputs == 0 || packed.inner == inner,
                 "convolutions side by side read the same");
    packed.inner = inner;
    packed.outputs += e.outputs;
  }
  const kernels::Weights<T> forward(packed.inner, packed.outputs, packed.forward);
  kernels::Aligned<T> none;
  // On the way back float32 multiplies tap by tap, bf16 all taps of a pixel at once.
  constexpr bool kTaps = std::is_same_v<T, float>;
  const int64_t inputs = edges(weights[0]).inputs, taps = packed.inner / inputs;
  const kernels::Weights<T> backward(both_ways ? (kTaps ? taps : 1) * packed.outputs : 0,
                                     kTaps ? inputs : packed.inner,
                                     both_ways ? packed.backward : none);
  int64_t column = 0;
  for (const TensorView& weight : weights) {
    const float* values = weight.data;
    const Edges e = edges(weight);
    for_each_weight(e, [&](int64_t tap, int64_t i, int64_t o, int64_t offset) {
      const float factor = scale.empty() ? 1.0f : scale[column + o];
      const T value = T(values[offset] * factor);
      forward.at(tap * e.inputs + i, column + o) = value;
      if (!both_ways) return;
      if (kTaps) {
        backward.at(tap * packed.outputs + column + o, i) = value;
      } else {
        backward.at(column + o, tap * e.inputs + i) = value;
      }
    });
    column += weight.shape[0];
  }
}

template void pack(const std::vector<TensorView>&, Packing, PackedConvolution<float>&,
                   const std::vector<float>&);
template void pack(const std::vector<TensorView>&, Packing, PackedConvolution<kernels::Bf16>&,
                   const std::vector<float>&);

/// Adds to the tensor's gradient, which may have other strides than the packed one.
void unpack_gradient(const float* gradient, int64_t row, const TensorView& weight, float* into) {
  const Edges e = edges(weight);
  for_each_weight(e, [&](int64_t tap, int64_t i, int64_t o, int64_t offset) {
    into[offset] += gradient[(tap * e.inputs + i) * row + o];
  });
}

void pack_depthwise(const TensorView& weight, kernels::AlignedFloats& packed) {
  const Edges e = edges(weight);
  const int64_t row = padded(e.outputs);
  packed.assign(e.height * e.width * row, 0.0f);
  const float* values = weight.data;
  for_each_weight(e, [&](int64_t tap, int64_t, int64_t o, int64_t offset) {
    packed[tap * row + o] = values[offset];
  });
}

void unpack_depthwise_gradient(const float* gradient, const TensorView& weight, float* into) {
  unpack_gradient(gradient, padded(weight.shape[0]), weight, into);
}

}  // namespace nasnet::fused
