#pragma once

#include "nasnet/kernels/pool.h"

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

template <class T>
void PlanRunner<T>::global_pool_forward(const Step& step, int64_t n) const {
  const Shape& shape = op(step.input.op).output;
  const View from = source(step), into = view(step.output);
  kernels::global_average(from.at(n), from.stride(), pixels(shape), shape.channels, step.input.relu,
                          into.at(n));
}

template <class T>
void PlanRunner<T>::global_pool_backward(const Step& step, int64_t n) const {
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
void PlanRunner<T>::linear_forward(int t, int64_t n, float* logits) const {
  const Step& one = step(t);
  const int64_t outputs = parameter(one.op).shape[0], inner = parameter(one.op).shape[1];
  const float* weight = values(one.op);
  const float* bias = values(one.op, 1);
  const View from = source(one);
  float* out = logits + n * outputs;
  std::vector<float> x(static_cast<size_t>(inner));
  for (int64_t k = 0; k < inner; ++k)
    x[static_cast<size_t>(k)] = float(from.at(n)[k]) * dropped(state(t).factors, n * inner + k);
  for (int64_t o = 0; o < outputs; ++o)
    out[o] = bias[o] + kernels::dot(x.data(), weight + o * inner, inner);
}

/// `d`: the gradient of the logits.
template <class T>
void PlanRunner<T>::linear_backward(int t, int64_t n, const Tensor& d) {
  const Step& one = step(t);
  const int64_t outputs = parameter(one.op).shape[0], inner = parameter(one.op).shape[1];
  const float* weight = values(one.op);
  const float* above = d.data() + n * outputs;
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
void PlanRunner<T>::add_linear_gradients(int t, const Tensor& d) {
  const Step& one = step(t);
  const int64_t outputs = parameter(one.op).shape[0], inner = parameter(one.op).shape[1];
  const float* above = d.data();
  const View from = source(one);
  float* weight_gradient = parameter_gradient(one.op);
  float* bias_gradient = parameter_gradient(one.op, 1);
  for (int64_t n = 0; n < images_; ++n)
    for (int64_t o = 0; o < outputs; ++o) {
      const float gradient = above[n * outputs + o];
      bias_gradient[o] += gradient;
      for (int64_t k = 0; k < inner; ++k)
        weight_gradient[o * inner + k] +=
            gradient * float(from.at(n)[k]) * dropped(state(t).factors, n * inner + k);
    }
}

}  // namespace nasnet::fused
