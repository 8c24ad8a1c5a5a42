#include "nasnet/network/fused_weights.h"

#include <ATen/ops/zeros_like.h>

#include <algorithm>

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

/// Calls take(inner index, output, the weight's offset) for each of them.
template <class Take>
void for_each_weight(const Edges& e, Take take) {
  for (int64_t o = 0; o < e.outputs; ++o)
    for (int64_t y = 0; y < e.height; ++y)
      for (int64_t x = 0; x < e.width; ++x)
        for (int64_t i = 0; i < e.inputs; ++i)
          take((y * e.width + x) * e.inputs + i, o,
               o * e.by_output + i * e.by_input + y * e.by_row + x * e.by_column);
}

}  // namespace

void pack(const at::Tensor& weight, bool both_ways, PackedConvolution& packed) {
  const Edges e = edges(weight);
  packed.inner = e.inputs * e.height * e.width;
  packed.outputs = e.outputs;
  const int64_t row = padded(e.outputs), column = padded(packed.inner);
  packed.forward.assign(static_cast<size_t>(packed.inner * row), 0.0f);
  const float* values = weight.data_ptr<float>();
  for_each_weight(e, [&](int64_t k, int64_t o, int64_t offset) {
    packed.forward[static_cast<size_t>(k * row + o)] = values[offset];
  });
  if (!both_ways) return;
  packed.backward.assign(static_cast<size_t>(e.outputs * column), 0.0f);
  for_each_weight(e, [&](int64_t k, int64_t o, int64_t offset) {
    packed.backward[static_cast<size_t>(o * column + k)] = values[offset];
  });
}

void unpack_gradient(const float* gradient, const at::Tensor& weight, at::Tensor& into) {
  const Edges e = edges(into);
  const int64_t row = padded(weight.size(0));
  float* values = into.data_ptr<float>();
  for_each_weight(
      e, [&](int64_t k, int64_t o, int64_t offset) { values[offset] += gradient[k * row + o]; });
}

void pack_depthwise(const at::Tensor& weight, kernels::AlignedFloats& packed) {
  const Edges e = edges(weight);
  const int64_t row = padded(e.outputs);
  packed.assign(static_cast<size_t>(e.height * e.width * row), 0.0f);
  const float* values = weight.data_ptr<float>();
  for_each_weight(e, [&](int64_t k, int64_t o, int64_t offset) {
    packed[static_cast<size_t>(k * row + o)] = values[offset];
  });
}

void unpack_depthwise_gradient(const float* gradient, const at::Tensor& weight, at::Tensor& into) {
  unpack_gradient(gradient, weight, into);
}

void pack_channels(const at::Tensor& values, kernels::AlignedFloats& packed) {
  packed.assign(static_cast<size_t>(padded(values.numel())), 0.0f);
  std::copy_n(values.data_ptr<float>(), values.numel(), packed.begin());
}

at::Tensor& gradient_of(at::Tensor& parameter) {
  at::Tensor& gradient = parameter.mutable_grad();
  if (!gradient.defined()) gradient = at::zeros_like(parameter.detach());
  return gradient;
}

}  // namespace nasnet::network
