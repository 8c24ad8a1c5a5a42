#include "nasnet/network/fused_weights.h"

#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <type_traits>

#include "nasnet/kernels/images.h"

namespace nasnet::network {
namespace {

using kernels::padded;

struct Edges {
  int64_t outputs, inputs, height, width;
  int64_t by_output, by_input, by_row, by_column;  // strides
};

Edges edges(const at::Tensor& weight) {
  const bool image = weight.dim() == 4;
  return {weight.size(0),
          weight.size(1),
          image ? weight.size(2) : 1,
          image ? weight.size(3) : 1,
          weight.stride(0),
          weight.stride(1),
          image ? weight.stride(2) : 0,
          image ? weight.stride(3) : 0};
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
void pack(const std::vector<at::Tensor>& weights, bool both_ways, PackedConvolution<T>& packed,
          const std::vector<float>& scale) {
  packed.outputs = 0;
  for (const at::Tensor& weight : weights) {
    const Edges e = edges(weight);
    packed.inner = e.inputs * e.height * e.width;
    packed.outputs += e.outputs;
  }
  const kernels::Weights<T> forward(packed.inner, packed.outputs, packed.forward);
  kernels::Aligned<T> none;
  constexpr bool kTaps = std::is_same_v<T, float>;
  const int64_t inputs = edges(weights[0]).inputs, taps = packed.inner / inputs;
  const kernels::Weights<T> backward(both_ways ? (kTaps ? taps : 1) * packed.outputs : 0,
                                     kTaps ? inputs : packed.inner,
                                     both_ways ? packed.backward : none);
  int64_t column = 0;
  for (const at::Tensor& weight : weights) {
    const float* values = weight.data_ptr<float>();
    const Edges e = edges(weight);
    for_each_weight(e, [&](int64_t tap, int64_t i, int64_t o, int64_t offset) {
      const float factor = scale.empty() ? 1.0f : scale[static_cast<size_t>(column + o)];
      const T value = T(values[offset] * factor);
      forward.at(tap * e.inputs + i, column + o) = value;
      if (!both_ways) return;
      if (kTaps) {
        backward.at(tap * packed.outputs + column + o, i) = value;
      } else {
        backward.at(column + o, tap * e.inputs + i) = value;
      }
    });
    column += weight.size(0);
  }
}

template void pack(const std::vector<at::Tensor>&, bool, PackedConvolution<float>&,
                   const std::vector<float>&);
template void pack(const std::vector<at::Tensor>&, bool, PackedConvolution<kernels::Bf16>&,
                   const std::vector<float>&);

void unpack_gradient(const float* gradient, int64_t row, at::Tensor& into) {
  float* values = into.data_ptr<float>();
  const Edges e = edges(into);
  for_each_weight(e, [&](int64_t tap, int64_t i, int64_t o, int64_t offset) {
    values[offset] += gradient[(tap * e.inputs + i) * row + o];
  });
}

void pack_depthwise(const at::Tensor& weight, kernels::AlignedFloats& packed) {
  const Edges e = edges(weight);
  const int64_t row = padded(e.outputs);
  packed.assign(static_cast<size_t>(e.height * e.width * row), 0.0f);
  const float* values = weight.data_ptr<float>();
  for_each_weight(e, [&](int64_t tap, int64_t, int64_t o, int64_t offset) {
    packed[static_cast<size_t>(tap * row + o)] = values[offset];
  });
}

void unpack_depthwise_gradient(const float* gradient, at::Tensor& into) {
  unpack_gradient(gradient, padded(into.size(0)), into);
}

at::Tensor& KeptGradients::of(at::Tensor& parameter, size_t index) {
  at::Tensor& gradient = parameter.mutable_grad();
  if (gradient.defined()) return gradient;
  if (kept_.size() <= index) kept_.resize(index + 1);
  at::Tensor& kept = kept_[index];
  if (kept.defined() && kept.use_count() == 1) {  // nobody else holds it
    std::fill_n(kept.data_ptr<float>(), kept.numel(), 0.0f);
  } else {
    kept = at::zeros_like(parameter.detach());
  }
  return gradient = kept;
}

}  // namespace nasnet::network
