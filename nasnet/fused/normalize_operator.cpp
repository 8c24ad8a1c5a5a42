#include "nasnet/fused/normalize_operator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nasnet/plan/rows.h"

namespace nasnet::fused {

template <class T>
NormalizeOperator<T>::NormalizeOperator(const StepOf& of, BatchNorm<T>* read)
    : StepOperator<T>(of, read),
      layer_(of.op().kind == graph::OperatorKind::kLayerNorm),
      count_(
          static_cast<double>(layer_ ? of.op().output.elements() : plan::pixels(of.op().output))) {}

/// A layer norm's sums are over all channels.
template <class T>
void NormalizeOperator<T>::join(std::vector<double>& sums) const {
  if (!layer_) return;
  double all = 0;
  for (const double sum : sums) all += sum;
  std::fill(sums.begin(), sums.end(), all);
}

template <class T>
typename NormalizeOperator<T>::Moments NormalizeOperator<T>::moments(const T* x,
                                                                     int64_t stride) const {
  const graph::Shape& shape = this->shape();
  const auto channels = static_cast<size_t>(shape.channels);
  std::vector<double> sum(channels, 0.0), squares(channels, 0.0);
  for (int64_t p = 0; p < plan::pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) sum[c] += x[p * stride + static_cast<int64_t>(c)];
  Moments result;
  join(sum);
  for (size_t c = 0; c < channels; ++c) result.mean.push_back(sum[c] / count_);
  for (int64_t p = 0; p < plan::pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) {
      const double away = x[p * stride + static_cast<int64_t>(c)] - result.mean[c];
      squares[c] += away * away;
    }
  join(squares);
  const double epsilon = this->of_.graph.recipe.batch_norm_epsilon;
  for (size_t c = 0; c < channels; ++c)
    result.inverse.push_back(1.0 / std::sqrt(squares[c] / count_ + epsilon));
  return result;
}

template <class T>
void NormalizeOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const graph::Shape& shape = this->shape();
  const float* gain = pass.values(this->of_.step.op);
  const float* shift = pass.values(this->of_.step.op, 1);
  const View<T> from = this->input_.values(pass), into = pass.view(this->of_.step.output);
  const T* x = from.at(n);
  T* y = into.at(n);
  const Moments known = moments(x, from.stride);
  for (int64_t p = 0; p < plan::pixels(shape); ++p)
    for (int c = 0; c < shape.channels; ++c) {
      const auto k = static_cast<size_t>(c);
      const double value = (x[p * from.stride + c] - known.mean[k]) * known.inverse[k];
      T& result = y[p * into.stride + c];
      result = T((this->of_.step.adds ? float(result) : 0.0f) +
                 static_cast<float>(value * gain[c] + shift[c]));
    }
}

template <class T>
void NormalizeOperator<T>::prepare_backward(const PassContext<T>& pass) {
  gradient_sums_.assign(static_cast<size_t>(pass.images * 2 * this->shape().channels), 0.0);
}

template <class T>
void NormalizeOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const graph::Shape& shape = this->shape();
  const auto channels = static_cast<size_t>(shape.channels);
  const float* gain = pass.values(this->of_.step.op);
  const View<T> from = this->input_.values(pass), d = pass.gradient(this->of_.step.output),
                into = this->input_.gradient(pass);
  const T* x = from.at(n);
  const T* above = d.at(n);
  const Moments known = moments(x, from.stride);
  std::vector<double> sum(channels, 0.0), product(channels, 0.0);
  double* own = &gradient_sums_[static_cast<size_t>(n) * 2 * channels];
  for (int64_t p = 0; p < plan::pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) {
      const auto k = static_cast<int64_t>(c);
      const double value = (x[p * from.stride + k] - known.mean[c]) * known.inverse[c];
      const double gradient = above[p * d.stride + k];
      own[c] += gradient * value;
      own[channels + c] += gradient;
      sum[c] += gradient * gain[c];
      product[c] += gradient * gain[c] * value;
    }
  join(sum);
  join(product);
  T* result = into.at(n);
  for (int64_t p = 0; p < plan::pixels(shape); ++p)
    for (size_t c = 0; c < channels; ++c) {
      const auto k = static_cast<int64_t>(c);
      const double value = (x[p * from.stride + k] - known.mean[c]) * known.inverse[c];
      const double gradient = known.inverse[c] * (above[p * d.stride + k] * gain[c] -
                                                  sum[c] / count_ - value * product[c] / count_);
      T& place = result[p * into.stride + k];
      place =
          T((this->input_.gradient_adds() ? float(place) : 0.0f) + static_cast<float>(gradient));
    }
}

template <class T>
void NormalizeOperator<T>::finish_backward(const PassContext<T>& pass, const float*) {
  const std::vector<double> sums = std::move(gradient_sums_);
  const auto channels = static_cast<size_t>(this->shape().channels);
  float* gain_gradient = pass.parameter_gradient(this->of_.step.op);
  float* shift_gradient = pass.parameter_gradient(this->of_.step.op, 1);
  for (size_t c = 0; c < channels; ++c) {
    double gain_sum = 0, shift_sum = 0;
    for (int64_t n = 0; n < pass.images; ++n) {
      gain_sum += sums[static_cast<size_t>(n) * 2 * channels + c];
      shift_sum += sums[static_cast<size_t>(n) * 2 * channels + channels + c];
    }
    gain_gradient[c] += static_cast<float>(gain_sum);
    shift_gradient[c] += static_cast<float>(shift_sum);
  }
}

template class NormalizeOperator<float>;
template class NormalizeOperator<kernels::Bf16>;

}  // namespace nasnet::fused
