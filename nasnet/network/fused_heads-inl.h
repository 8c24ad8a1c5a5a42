#pragma once

#include <ATen/ops/empty.h>

#include "nasnet/kernels/pool.h"

#include "nasnet/network/fused_executor.h"

namespace nasnet::network {

template <class T>
void Executor<T>::global_pool_forward(const Step& step, int64_t n) const {
  const Shape& shape = op(step.input.op).output;
  const View from = source(step), into = view(step.output);
  kernels::global_average(from.at(n), from.stride(), pixels(shape), shape.channels, step.input.relu,
                          into.at(n));
}

template <class T>
void Executor<T>::global_pool_backward(const Step& step, int64_t n) const {
  const Shape& shape = op(step.input.op).output;
  const View from = source(step), d = gradient(step.output), into = source_gradient(step);
  kernels::global_average_gradient(from.at(n), from.stride(), pixels(shape), shape.channels,
                                   step.input.relu, d.at(n), into.at(n), into.stride(),
                                   step.gradient_adds);
}

inline float dropped(const std::vector<float>& factors, int64_t index) {
  return factors.empty() ? 1.0f : factors[static_cast<size_t>(index)];
}

template <class T>
at::Tensor Executor<T>::make_logits(const Step& step) {
  return at::empty({images_, parameter(step.op).size(0)}, at::TensorOptions(c10::kFloat));
}

template <class T>
void Executor<T>::linear_forward(int t, int64_t n, at::Tensor& logits) {
  const Step& one = step(t);
  const int64_t inner = parameter(one.op).size(1), outputs = logits.size(1);
  const float* weight = values(one.op);
  const float* bias = values(one.op, 1);
  const View from = source(one);
  float* out = logits.data_ptr<float>() + n * outputs;
  std::vector<float> x(static_cast<size_t>(inner));
  for (int64_t k = 0; k < inner; ++k)
    x[static_cast<size_t>(k)] = float(from.at(n)[k]) * dropped(state(t).factors, n * inner + k);
  for (int64_t o = 0; o < outputs; ++o)
    out[o] = bias[o] + kernels::dot(x.data(), weight + o * inner, inner);
}

/// `d`: the gradient of the logits.
template <class T>
void Executor<T>::linear_backward(int t, int64_t n, const at::Tensor& d) {
  const Step& one = step(t);
  const int64_t inner = parameter(one.op).size(1), outputs = d.size(1);
  const float* weight = values(one.op);
  const float* above = d.data_ptr<float>() + n * outputs;
  T* result = source_gradient(one).at(n);
  std::vector<double> sums(static_cast<size_t>(inner), 0.0);
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t k = 0; k < inner; ++k)
      sums[static_cast<size_t>(k)] += static_cast<double>(above[o]) * weight[o * inner + k];
  for (int64_t k = 0; k < inner; ++k)
    result[k] = T((one.gradient_adds ? float(result[k]) : 0.0f) +
                  static_cast<float>(sums[static_cast<size_t>(k)]) *
                      dropped(state(t).factors, n * inner + k));
}

template <class T>
void Executor<T>::add_linear_gradients(int t, const at::Tensor& d) {
  const Step& one = step(t);
  at::Tensor& tensor = parameter(one.op);
  const int64_t inner = tensor.size(1), outputs = tensor.size(0);
  const float* above = d.data_ptr<float>();
  const View from = source(one);
  float* weight_gradient = parameter_gradient(one.op).template data_ptr<float>();
  float* bias_gradient = parameter_gradient(one.op, 1).template data_ptr<float>();
  for (int64_t n = 0; n < images_; ++n)
    for (int64_t o = 0; o < outputs; ++o) {
      const float gradient = above[n * outputs + o];
      bias_gradient[o] += gradient;
      for (int64_t k = 0; k < inner; ++k)
        weight_gradient[o * inner + k] +=
            gradient * float(from.at(n)[k]) * dropped(state(t).factors, n * inner + k);
    }
}

}  // namespace nasnet::network
