// Layer normalisation (Ba et al. 2016) and instance normalisation (Ulyanov et al. 2016), in doubles
// and value by value.

#include "nasnet/fused/normalize_operator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nasnet/base/check.h"

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
typename NormalizeOperator<T>::Moments NormalizeOperator<T>::moments(
    kernels::Pixels<const T> x) const {
  const kernels::Size size = this->size();
  std::vector<double> sum(size.channels, 0.0), squares = sum;
  Moments result;
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) sum[c] += x.from_pixel(p).data[c];
  join(sum);
  for (const double one : sum) result.mean.push_back(one / count_);
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) {
      // About the mean, in a second pass: a large mean costs no digits.
      const double away = x.from_pixel(p).data[c] - result.mean[c];
      squares[c] += away * away;
    }
  join(squares);
  const double epsilon = this->of_.graph.recipe.batch_norm_epsilon;
  for (const double one : squares)
    result.inverse.push_back(1.0 / std::sqrt(one / count_ + epsilon));
  return result;
}

template <class T>
void NormalizeOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const kernels::Size size = this->size();
  const float* gain = pass.values(this->of_.step.op);
  const float* shift = pass.values(this->of_.step.op, 1);
  const kernels::Pixels<T> from = this->input_.values(pass).at(n);
  const kernels::Pixels<T> into = pass.view(this->of_.step.output).at(n);
  const Moments known = moments(from);
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) {
      const double value = (from.from_pixel(p).data[c] - known.mean[c]) * known.inverse[c];
      kernels::write_value(static_cast<float>(value * gain[c] + shift[c]), this->write(),
                           into.from_pixel(p).data[c]);
    }
}

template <class T>
void NormalizeOperator<T>::prepare_backward(const PassContext<T>& pass) {
  gradient_sums_.assign(pass.images * 2 * this->size().channels, 0.0);
}

/// With y = (x - mean) / deviation and g = d gain, over the values normalised together:
/// dx = (g - mean of g - y (mean of g y)) / deviation (Ba et al. 2016, Layer Normalization).
template <class T>
void NormalizeOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const kernels::Size size = this->size();
  const float* gain = pass.values(this->of_.step.op);
  const kernels::Pixels<T> from = this->input_.values(pass).at(n);
  const kernels::Pixels<T> d = pass.gradient(this->of_.step.output).at(n);
  const Moments known = moments(from);
  std::vector<double> sum(size.channels, 0.0), product = sum;
  double* const of_gain = &gradient_sums_[n * 2 * size.channels];
  double* const of_shift = of_gain + size.channels;
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) {
      const double value = (from.from_pixel(p).data[c] - known.mean[c]) * known.inverse[c];
      const double gradient = d.from_pixel(p).data[c];
      of_gain[c] += gradient * value;
      of_shift[c] += gradient;
      sum[c] += gradient * gain[c];
      product[c] += gradient * gain[c] * value;
    }
  if (!this->input_.wants_gradient()) return;
  const kernels::Pixels<T> into = this->input_.gradient(pass).at(n);
  join(sum);
  join(product);
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) {
      const double value = (from.from_pixel(p).data[c] - known.mean[c]) * known.inverse[c];
      const double gradient = known.inverse[c] * (d.from_pixel(p).data[c] * gain[c] -
                                                  sum[c] / count_ - value * product[c] / count_);
      kernels::write_value(static_cast<float>(gradient), this->input_.gradient_write(),
                           into.from_pixel(p).data[c]);
    }
}

/// The images' sums in their order, so that threads change no bit.
template <class T>
void NormalizeOperator<T>::finish_backward(const PassContext<T>& pass, const float*) {
  NASNET_CHECK(std::ssize(gradient_sums_) == pass.images * 2 * this->size().channels,
               "gain and shift have the sums of all images");
  const std::vector<double> sums = std::move(gradient_sums_);
  const int64_t channels = this->size().channels;
  float* gain_gradient = pass.parameter_gradient(this->of_.step.op);
  float* shift_gradient = pass.parameter_gradient(this->of_.step.op, 1);
  for (int64_t c = 0; c < channels; ++c) {
    double gain_sum = 0, shift_sum = 0;
    for (int64_t n = 0; n < pass.images; ++n) {
      gain_sum += sums[n * 2 * channels + c];
      shift_sum += sums[n * 2 * channels + channels + c];
    }
    gain_gradient[c] += static_cast<float>(gain_sum);
    shift_gradient[c] += static_cast<float>(shift_sum);
  }
}

template class NormalizeOperator<float>;
template class NormalizeOperator<kernels::Bf16>;

}  // namespace nasnet::fused
