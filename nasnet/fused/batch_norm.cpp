// Batch normalisation (Ioffe & Szegedy 2015) in training. Its sums are taken by image and put
// together in the images' order, so that threads change no bit; what is left of it is a scale and a
// shift by channel, forward and back, which other kernels apply as they read.

#include "nasnet/fused/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/fused/pairs.h"
#include "nasnet/kernels/activation.h"
#include "nasnet/kernels/terms.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

using kernels::AlignedFloats;
using kernels::padded;

template <class T>
BatchNorm<T>::BatchNorm(const graph::Graph& graph, const plan::Step& step)
    : graph_(graph),
      made_(std::get<plan::Convolution>(step.kind)),
      takes_statistics_(graph.operators[step.op].takes_statistics()) {
  const auto add = [&](int op, const plan::Place& output) {
    const int channels = graph.operators[op].output.channels;
    parts_.push_back({op, output, static_cast<int>(channels_), channels});
    channels_ += channels;
  };
  add(step.op, step.output);
  if (made_.twin.op >= 0) add(made_.twin.op, made_.twin.output);
  pixels_ = plan::pixels(graph.operators[step.op].output);
}

template <class T>
void BatchNorm<T>::prepare_statistics(int64_t images) {
  if (!takes_statistics_) return;
  sums_.resize(images * 2 * channels_);
  origins_.assign(images * padded(channels_), 0.0f);
}

/// About the image's first pixel, so that a large mean costs no digits.
template <class T>
void BatchNorm<T>::add_pixels(const PassContext<T>& pass, int64_t n, kernels::PixelRange pixels) {
  if (sums_.empty()) return;  // none to be taken, or taken when the pixels were first made
  NASNET_DCHECK(pixels.first + pixels.count <= pixels_, "pixels of the image");
  const kernels::Pixels<T> x = raw(pass).at(n).from_pixel(pixels.first);
  double* const sums = &sums_[n * 2 * channels_];
  float* const origin = &origins_[n * padded(channels_)];
  if (pixels.first == 0) {
    std::fill_n(sums, 2 * channels_, 0.0);
    std::copy_n(x.data, channels_, origin);
  }
  kernels::channel_sums(x, {.width = pixels.count, .channels = channels_},
                        {.origin = origin, .sum = sums, .product = sums + channels_});
}

/// From the images' sums, in their order (Chan et al. 1979).
template <class T>
void BatchNorm<T>::finish_statistics(const PassContext<T>& pass) {
  if (!takes_statistics_) return take_constants(pass);
  NASNET_CHECK(pass.images > 0 && std::ssize(sums_) == pass.images * 2 * channels_,
               "statistics are of all images of the pass");
  const std::vector<double> all_sums = std::move(sums_);
  const AlignedFloats origins = std::move(origins_);
  mean_.assign(channels_, 0.0);
  std::vector<double> squares(channels_, 0.0);
  double seen = 0;
  for (int64_t n = 0; n < pass.images; ++n) {
    const double* sums = &all_sums[n * 2 * channels_];
    const float* origin = &origins[n * padded(channels_)];
    const double more = static_cast<double>(pixels_), all = seen + more;
    const double inverse = 1 / more, share = more / all, between = seen * more / all;
    for (int64_t c = 0; c < channels_; ++c) {
      const double mean = origin[c] + sums[c] * inverse;
      const double away = mean - mean_[c];
      squares[c] += sums[channels_ + c] - sums[c] * sums[c] * inverse + away * away * between;
      mean_[c] += away * share;
    }
    seen = all;
  }
  const double share = 1.0 - graph::batch_norm_keep(graph_, pass.how);
  deviation_inverse_.resize(channels_);
  for (const Part& part : parts_) {
    float* moving_mean = pass.parameter(part.op, 2).data;
    float* moving_variance = pass.parameter(part.op, 3).data;
    for (int c = 0; c < part.channels; ++c) {
      const int k = part.channel + c;
      const double variance = std::max(squares[k], 0.0) / seen;
      deviation_inverse_[k] = 1.0 / std::sqrt(variance + graph_.recipe.batch_norm_epsilon);
      // Moving statistics have the unbiased variance, the pass itself the biased one.
      const double unbiased = seen > 1 ? variance * seen / (seen - 1) : variance;
      moving_mean[c] += static_cast<float>(share * (mean_[k] - moving_mean[c]));
      moving_variance[c] += static_cast<float>(share * (unbiased - moving_variance[c]));
    }
  }
  set_affine(pass);
}

/// A frozen norm's moving statistics, or a bias as a norm of mean 0 and deviation 1.
template <class T>
void BatchNorm<T>::take_constants(const PassContext<T>& pass) {
  mean_.assign(channels_, 0.0);
  deviation_inverse_.assign(channels_, 1.0);
  for (const Part& part : parts_) {
    if (is_bias(part)) continue;
    for (int c = 0; c < part.channels; ++c) {
      const int k = part.channel + c;
      mean_[k] = pass.values(part.op, 2)[c];
      deviation_inverse_[k] =
          1.0 / std::sqrt(pass.values(part.op, 3)[c] + graph_.recipe.batch_norm_epsilon);
    }
  }
  set_affine(pass);
}

template <class T>
void BatchNorm<T>::set_affine(const PassContext<T>& pass) {
  // Whole vectors are read from any part's first channel on.
  const int64_t wide = padded(channels_) + kernels::kLanes;
  for (AlignedFloats* each : {&origin_, &scale_, &shift_}) each->assign(wide, 0.0f);
  for (const Part& part : parts_) {
    const float* beta = pass.values(part.op, beta_index(part));
    for (int c = 0; c < part.channels; ++c) {
      const int k = part.channel + c;
      const double scale = gamma(pass, part, c) * deviation_inverse_[k];
      origin_[k] = static_cast<float>(mean_[k]);
      scale_[k] = static_cast<float>(scale);
      shift_[k] = static_cast<float>(beta[c] - mean_[k] * scale);
    }
  }
}

template <class T>
void BatchNorm<T>::prepare_gradient(int64_t images) {
  gradient_sums_.assign(images * 2 * channels_, 0.0);
}

template <class T>
void BatchNorm<T>::add_gradients(const PassContext<T>& pass, int64_t n) {
  for (const Part& part : parts_)
    kernels::gradient_sums(
        {.d = pass.gradient(part.output).at(n), .x = raw(pass).at(n).from_channel(part.channel)},
        {.width = pixels_, .channels = part.channels}, gradient_sums(n).from_channel(part.channel));
}

template <class T>
void BatchNorm<T>::add_pending(const PassContext<T>& pass, int64_t n, kernels::Pixels<const T> d,
                               kernels::PixelRange pixels) {
  kernels::gradient_sums({.d = d, .x = raw(pass).at(n).from_pixel(pixels.first)},
                         {.width = pixels.count, .channels = channels_}, gradient_sums(n));
}

template <class T>
void BatchNorm<T>::finish_gradient(const PassContext<T>& pass, const Factors& factors) {
  NASNET_CHECK(std::ssize(gradient_sums_) == pass.images * 2 * channels_,
               "gradients through a norm need the sums of all images");
  const std::vector<double> all_sums = std::move(gradient_sums_);
  const double all = static_cast<double>(pass.images * pixels_);
  std::vector<double> totals(2 * channels_, 0.0);  // sums, products
  for (int64_t n = 0; n < pass.images; ++n) {
    // Drop-path scales the result of a whole image, and with it all of its gradients.
    const double share = factors.at(n);
    const double* sums = &all_sums[n * 2 * channels_];
    for (size_t k = 0; k < totals.size(); ++k) totals[k] += share * sums[k];
  }
  for (AlignedFloats* each : {&a_, &b_, &c_})
    each->assign(padded(channels_) + kernels::kLanes, 0.0f);
  for (const Part& part : parts_) {
    float* gamma_gradient = is_bias(part) ? nullptr : pass.parameter_gradient(part.op);
    float* beta_gradient = pass.parameter_gradient(part.op, beta_index(part));
    for (int c = 0; c < part.channels; ++c) {
      const int k = part.channel + c;
      const double sum = totals[k];
      // The products are about the rounded mean.
      const double product = totals[channels_ + k] - sum * (mean_[k] - origin_[k]);
      const double inverse = deviation_inverse_[k];
      if (gamma_gradient) gamma_gradient[c] += static_cast<float>(product * inverse);
      beta_gradient[c] += static_cast<float>(sum);
      // dx = a d + b x + c: what mean and variance pass on is in b and c.
      const double a = gamma(pass, part, c) * inverse;
      a_[k] = static_cast<float>(a);
      if (!takes_statistics_) continue;  // constants have no gradient
      const double b = -a * inverse * inverse * product / all;
      b_[k] = static_cast<float>(b);
      c_[k] = static_cast<float>(-a * sum / all - b * mean_[k]);
    }
  }
}

template <class T>
const float* BatchNorm<T>::gradient_scale(float factor, float* memory) const {
  if (factor == 1.0f) return a_.data();
  for (size_t k = 0; k < a_.size(); ++k) memory[k] = a_[k] * factor;
  return memory;
}

template <class T>
void BatchNorm<T>::raw_gradient(const PassContext<T>& pass, int64_t n, const float* scale,
                                kernels::PixelRange pixels, kernels::Pixels<T> out) const {
  NASNET_DCHECK(out.stride >= kernels::inner_stride<T>(channels_), "rows of a matrix");
  const kernels::NormGradient norm = {.d_scale = scale, .x_scale = b_.data(), .shift = c_.data()};
  const kernels::Pixels<T> x = raw(pass).at(n).from_pixel(pixels.first);
  for (const Part& part : parts_)
    kernels::norm_gradient({.d = result_gradient(pass, part).at(n).from_pixel(pixels.first),
                            .x = x.from_channel(part.channel)},
                           norm.from_channel(part.channel),
                           {.width = pixels.count, .channels = part.channels},
                           out.from_channel(part.channel));
  end_pairs(out, pixels.count, channels_);
}

template class BatchNorm<float>;
template class BatchNorm<kernels::Bf16>;

}  // namespace nasnet::fused
