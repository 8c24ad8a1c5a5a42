#pragma once

#include <cmath>

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

template <class T>
std::vector<typename PlanRunner<T>::NormPart> PlanRunner<T>::norm_parts(const Step& step) const {
  const int channels = op(step.op).output.channels;
  std::vector<NormPart> parts = {{step.op, step.output, 0, channels}};
  if (step.twin.op >= 0)
    parts.push_back({step.twin.op, step.twin.output, channels, op(step.twin.op).output.channels});
  return parts;
}

template <class T>
void PlanRunner<T>::prepare_sums(StepState<T>& state, int64_t channels) const {
  state.sums.resize(static_cast<size_t>(images_ * 2 * channels));
  state.origins.assign(static_cast<size_t>(images_ * padded(channels)), 0.0f);
}

/// Sums over some pixels of a raw convolution, taken while they are warm: about the image's first
/// pixel, so that a large mean costs no digits.
template <class T>
void PlanRunner<T>::sum_pixels(StepState<T>& state, const T* raw, int64_t channels, int64_t count,
                               int64_t n, bool first) {
  double* sums = &state.sums[static_cast<size_t>(n * 2 * channels)];
  float* origin = &state.origins[static_cast<size_t>(n * padded(channels))];
  if (first) {
    std::fill_n(sums, 2 * channels, 0.0);
    kernels::activate(raw, channels, 1, 1, static_cast<int>(channels), {}, false, origin, channels,
                      channels);
  }
  kernels::channel_sums(raw, channels, count, static_cast<int>(channels), origin, sums,
                        sums + channels);
}

/// Mean and variance over the batch from the images' sums, in their order (Chan et al. 1979).
template <class T>
void PlanRunner<T>::finish_statistics(const Step& step, StepState<T>& state) {
  const std::vector<double> all_sums = std::move(state.sums);
  const AlignedFloats origins = std::move(state.origins);
  Norm& norm = state.norm;
  const int64_t channels = stride(step.raw), count = pixels(op(step.op).output);
  norm.mean.assign(static_cast<size_t>(channels), 0.0);
  std::vector<double> squares(static_cast<size_t>(channels), 0.0);
  double seen = 0;
  for (int64_t n = 0; n < images_; ++n) {
    const double* sums = &all_sums[static_cast<size_t>(n * 2 * channels)];
    const float* origin = &origins[static_cast<size_t>(n * padded(channels))];
    const double more = static_cast<double>(count), all = seen + more;
    const double inverse = 1 / more, share = more / all, between = seen * more / all;
    for (int64_t c = 0; c < channels; ++c) {
      const auto k = static_cast<size_t>(c);
      const double mean = origin[c] + sums[c] * inverse;
      const double away = mean - norm.mean[k];
      squares[k] += sums[channels + c] - sums[c] * sums[c] * inverse + away * away * between;
      norm.mean[k] += away * share;
    }
    seen = all;
  }
  norm.deviation_inverse.resize(static_cast<size_t>(channels));
  for (const NormPart& part : norm_parts(step)) {
    float* moving_mean = parameter(part.op, 2).data;
    float* moving_variance = parameter(part.op, 3).data;
    for (int c = 0; c < part.channels; ++c) {
      const auto k = static_cast<size_t>(part.channel + c);
      const double variance = std::max(squares[k], 0.0) / seen;
      norm.deviation_inverse[k] = 1.0 / std::sqrt(variance + epsilon());
      const double unbiased = seen > 1 ? variance * seen / (seen - 1) : variance;
      moving_mean[c] += static_cast<float>(statistics_share_ * (norm.mean[k] - moving_mean[c]));
      moving_variance[c] += static_cast<float>(statistics_share_ * (unbiased - moving_variance[c]));
    }
  }
  set_affine(step, norm);
}

template <class T>
void PlanRunner<T>::set_affine(const Step& step, Norm& norm) {
  // Whole vectors are read from any part's first channel on.
  const auto wide = static_cast<size_t>(padded(stride(step.raw)) + kernels::kLanes);
  for (AlignedFloats* each : {&norm.origin, &norm.scale, &norm.shift}) each->assign(wide, 0.0f);
  for (const NormPart& part : norm_parts(step)) {
    const float* gamma = values(part.op);
    const float* beta = values(part.op, 1);
    for (int c = 0; c < part.channels; ++c) {
      const auto k = static_cast<size_t>(part.channel + c);
      const double scale = gamma[c] * norm.deviation_inverse[k];
      norm.origin[k] = static_cast<float>(norm.mean[k]);
      norm.scale[k] = static_cast<float>(scale);
      norm.shift[k] = static_cast<float>(beta[c] - norm.mean[k] * scale);
    }
  }
}

/// The term that a convolution or a copy adds: written alone or with another.
template <class T>
kernels::Term<T> PlanRunner<T>::term(int t, int64_t n) const {
  const Step& one = step(t);
  if (one.kind == Kind::kCopy)
    return {source(one).at(n), source(one).stride(), source_affine(one), 1};
  return {image(one.raw, n),
          stride(one.raw),
          {state(t).norm.scale.data(), state(t).norm.shift.data()},
          factor(state(t), n)};
}

template <class T>
void PlanRunner<T>::write_result(int t, int64_t n) {
  const Step& one = step(t);
  const Shape& shape = op(one.op).output;
  const kernels::Term<T> own = term(t, n);
  if (one.output.buffer >= 0 && !one.held) {
    const View out = view(one.output);
    if (one.with >= 0) {
      kernels::combine(term(one.with, n), own, pixels(shape), shape.channels, out.at(n),
                       out.stride());
    } else {
      kernels::apply(own.x, own.stride, pixels(shape), shape.channels, own.affine, own.factor,
                     out.at(n), out.stride(), one.adds);
    }
  }
  if (one.twin.op < 0 || one.twin.held) return;
  const View other = view(one.twin.output);
  const int other_channels = op(one.twin.op).output.channels;
  kernels::apply(own.x + shape.channels, own.stride, pixels(shape), other_channels,
                 own.affine.from(shape.channels), 1.0f, other.at(n), other.stride(), false);
}

template <class T>
void PlanRunner<T>::prepare_gradient_sums(StepState<T>& state, int64_t channels) const {
  state.gradient_sums.assign(static_cast<size_t>(images_ * 2 * channels), 0.0);
}

/// Sums for the gradient of the pending norm that the step has read, from its finished gradient.
template <class T>
void PlanRunner<T>::sum_pending(const Step& one, int64_t n, const T* d, int64_t d_stride,
                                int64_t first, int64_t count) {
  if (!one.input.pending) return;
  const Step& pending = step(one.input.norm);
  StepState<T>& known = state(one.input.norm);
  const int64_t channels = stride(pending.raw);
  double* sums = &known.gradient_sums[static_cast<size_t>(n * 2 * channels)];
  kernels::gradient_sums(d, d_stride, image(pending.raw, n) + first * channels, channels, count,
                         static_cast<int>(channels), known.norm.origin.data(), sums,
                         sums + channels);
}

/// Sums for the gradient of the step's norm, of an image.
template <class T>
void PlanRunner<T>::sum_gradient(const Step& step, StepState<T>& state, int64_t n) const {
  const int64_t channels = stride(step.raw);
  double* sums = &state.gradient_sums[static_cast<size_t>(n * 2 * channels)];
  for (const NormPart& part : norm_parts(step)) {
    const View d = gradient(part.output);
    kernels::gradient_sums(d.at(n), d.stride(), image(step.raw, n) + part.channel, channels,
                           pixels(op(step.op).output), part.channels,
                           state.norm.origin.data() + part.channel, sums + part.channel,
                           sums + channels + part.channel);
  }
}

/// The gradient's constants from the sums over the batch. Adds the gradients of gamma and beta.
template <class T>
NormGradient PlanRunner<T>::norm_gradient(const Step& step, StepState<T>& state) {
  const int64_t channels = stride(step.raw), count = pixels(op(step.op).output);
  const std::vector<NormPart> parts = norm_parts(step);
  const std::vector<double> all_sums = std::move(state.gradient_sums);
  const double all = static_cast<double>(images_ * count);
  std::vector<double> totals(static_cast<size_t>(2 * channels), 0.0);  // sums, products
  for (int64_t n = 0; n < images_; ++n) {
    const double share = factor(state, n);
    const double* sums = &all_sums[static_cast<size_t>(n * 2 * channels)];
    for (size_t k = 0; k < totals.size(); ++k) totals[k] += share * sums[k];
  }
  NormGradient result;
  for (AlignedFloats* each : {&result.a, &result.b, &result.c})
    each->assign(static_cast<size_t>(padded(channels) + kernels::kLanes), 0.0f);
  for (const NormPart& part : parts) {
    const float* gamma = values(part.op);
    float* gamma_gradient = parameter_gradient(part.op);
    float* beta_gradient = parameter_gradient(part.op, 1);
    for (int c = 0; c < part.channels; ++c) {
      const auto k = static_cast<size_t>(part.channel + c);
      const double sum = totals[k];
      // The products are about the rounded mean.
      const double product = totals[static_cast<size_t>(channels) + k] -
                             sum * (state.norm.mean[k] - state.norm.origin[k]);
      const double inverse = state.norm.deviation_inverse[k];
      gamma_gradient[c] += static_cast<float>(product * inverse);
      beta_gradient[c] += static_cast<float>(sum);
      const double a = gamma[c] * inverse;
      const double b = -a * inverse * inverse * product / all;
      result.a[k] = static_cast<float>(a);
      result.b[k] = static_cast<float>(b);
      result.c[k] = static_cast<float>(-a * sum / all - b * state.norm.mean[k]);
    }
  }
  return result;
}

}  // namespace nasnet::fused
