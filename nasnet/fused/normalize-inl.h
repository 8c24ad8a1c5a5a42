#pragma once

#include <cmath>

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

// Two genotypes have them; they are written to be read.

/// Mean and 1 / deviation of each channel of an image, the same for all with a layer norm.
template <class T>
typename PlanRunner<T>::Moments PlanRunner<T>::moments(const Step& step, const T* x,
                                                       int64_t stride) const {
  const Shape& shape = op(step.op).output;
  const auto channels = static_cast<size_t>(shape.channels);
  std::vector<double> sum(channels, 0.0), squares(channels, 0.0);
  for (int64_t p = 0; p < pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) sum[c] += x[p * stride + static_cast<int64_t>(c)];
  Moments result;
  join(step, sum);
  const double count = values_normalised(step);
  for (size_t c = 0; c < channels; ++c) result.mean.push_back(sum[c] / count);
  for (int64_t p = 0; p < pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) {
      const double away = x[p * stride + static_cast<int64_t>(c)] - result.mean[c];
      squares[c] += away * away;
    }
  join(step, squares);
  for (size_t c = 0; c < channels; ++c)
    result.inverse.push_back(1.0 / std::sqrt(squares[c] / count + epsilon()));
  return result;
}

template <class T>
double PlanRunner<T>::values_normalised(const Step& step) const {
  const Shape& shape = op(step.op).output;
  return static_cast<double>(op(step.op).kind == OperatorKind::kLayerNorm ? shape.elements()
                                                                          : pixels(shape));
}

/// A layer norm's sums are over all channels.
template <class T>
void PlanRunner<T>::join(const Step& step, std::vector<double>& sums) const {
  if (op(step.op).kind != OperatorKind::kLayerNorm) return;
  double all = 0;
  for (const double sum : sums) all += sum;
  std::fill(sums.begin(), sums.end(), all);
}

template <class T>
void PlanRunner<T>::normalize_forward(const Step& step, int64_t n) const {
  const Shape& shape = op(step.op).output;
  const float* gain = values(step.op);
  const float* shift = values(step.op, 1);
  const View from = source(step), into = view(step.output);
  const T* x = from.at(n);
  T* y = into.at(n);
  const Moments known = moments(step, x, from.stride());
  for (int64_t p = 0; p < pixels(shape); ++p)
    for (int c = 0; c < shape.channels; ++c) {
      const auto k = static_cast<size_t>(c);
      const double value = (x[p * from.stride() + c] - known.mean[k]) * known.inverse[k];
      T& result = y[p * into.stride() + c];
      result =
          T((step.adds ? float(result) : 0.0f) + static_cast<float>(value * gain[c] + shift[c]));
    }
}

/// Leaves the image's share of the gradients of gain and shift in its sums.
template <class T>
void PlanRunner<T>::normalize_backward(const Step& step, StepState<T>& state, int64_t n) const {
  const Shape& shape = op(step.op).output;
  const auto channels = static_cast<size_t>(shape.channels);
  const float* gain = values(step.op);
  const View from = source(step), d = gradient(step.output), into = source_gradient(step);
  const T* x = from.at(n);
  const T* above = d.at(n);
  const Moments known = moments(step, x, from.stride());
  std::vector<double> sum(channels, 0.0), product(channels, 0.0);
  double* own = &state.gradient_sums[static_cast<size_t>(n) * 2 * channels];
  for (int64_t p = 0; p < pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) {
      const auto k = static_cast<int64_t>(c);
      const double value = (x[p * from.stride() + k] - known.mean[c]) * known.inverse[c];
      const double gradient = above[p * d.stride() + k];
      own[c] += gradient * value;
      own[channels + c] += gradient;
      sum[c] += gradient * gain[c];
      product[c] += gradient * gain[c] * value;
    }
  join(step, sum);
  join(step, product);
  const double count = values_normalised(step);
  T* result = into.at(n);
  for (int64_t p = 0; p < pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) {
      const auto k = static_cast<int64_t>(c);
      const double value = (x[p * from.stride() + k] - known.mean[c]) * known.inverse[c];
      const double gradient = known.inverse[c] * (above[p * d.stride() + k] * gain[c] -
                                                  sum[c] / count - value * product[c] / count);
      T& place = result[p * into.stride() + k];
      place = T((step.gradient_adds ? float(place) : 0.0f) + static_cast<float>(gradient));
    }
}

template <class T>
void PlanRunner<T>::add_gain_gradients(const Step& step, StepState<T>& state) {
  const std::vector<double> sums = std::move(state.gradient_sums);
  const auto channels = static_cast<size_t>(op(step.op).output.channels);
  float* gain_gradient = parameter_gradient(step.op);
  float* shift_gradient = parameter_gradient(step.op, 1);
  for (size_t c = 0; c < channels; ++c) {
    double gain_sum = 0, shift_sum = 0;
    for (int64_t n = 0; n < images_; ++n) {
      gain_sum += sums[static_cast<size_t>(n) * 2 * channels + c];
      shift_sum += sums[static_cast<size_t>(n) * 2 * channels + channels + c];
    }
    gain_gradient[c] += static_cast<float>(gain_sum);
    shift_gradient[c] += static_cast<float>(shift_sum);
  }
}

}  // namespace nasnet::fused
