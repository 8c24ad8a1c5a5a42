#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/fused/factors.h"
#include "nasnet/fused/pass_context.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/channel_sums.h"
#include "nasnet/kernels/images.h"

namespace nasnet::fused {

/// The batch norm of a convolution's result in training, and that of its twin: the batch's
/// statistics, and the gradient through them. Readers of a held or pending result apply affine().
/// A frozen batch norm has the running statistics in their place, which are constants, and a bias
/// is one of mean 0 and deviation 1 that does not scale.
template <class T>
class BatchNorm {
 public:
  /// The channels of one norm: the convolution's, or its twin's.
  struct Part {
    int op;
    plan::Place output;
    int channel, channels;
  };

  BatchNorm(const graph::Graph& graph, const plan::Step& step);

  const std::vector<Part>& parts() const { return parts_; }
  int64_t channels() const { return channels_; }  ///< of all parts
  /// The convolution's result, before the norm.
  View<T> raw(const PassContext<T>& pass) const { return pass.view({made_.raw, 0}); }
  /// y = scale raw + shift by channel.
  kernels::Affine affine() const { return {scale_.data(), shift_.data()}; }

  // --- Forward ---

  void prepare_statistics(int64_t images);
  /// Adds some pixels of image n to its sums, while they are in the cache: the first ones first.
  /// Does nothing where no statistics are to be taken, or have been taken since they were prepared:
  /// the way back computes some pixels again.
  void add_pixels(const PassContext<T>& pass, int64_t n, kernels::PixelRange pixels);
  /// Computes mean and variance over the batch, and updates the running statistics.
  void finish_statistics(const PassContext<T>& pass);

  // --- Backward ---

  /// The gradient of a part's result.
  View<T> result_gradient(const PassContext<T>& pass, const Part& part) const {
    return part.output.buffer >= 0 ? pass.gradient(part.output) : pending_gradient(pass);
  }
  /// The gradient of a pending norm's result.
  View<T> pending_gradient(const PassContext<T>& pass) const {
    return pass.view({made_.pending_gradient, 0});
  }
  void prepare_gradient(int64_t images);
  /// Sums the gradient of an image's results.
  void add_gradients(const PassContext<T>& pass, int64_t n);
  /// The same for some pixels of a pending norm; its reader calls this.
  void add_pending(const PassContext<T>& pass, int64_t n, kernels::Pixels<const T> d,
                   kernels::PixelRange pixels);
  /// Image n's sums of d and of d (raw - mean), by channel.
  kernels::CenteredSums gradient_sums(int64_t n) {
    double* const sums = &gradient_sums_[n * 2 * channels_];
    return {.origin = origin_.data(), .sum = sums, .product = sums + channels_};
  }
  /// Adds the gradients of gamma and beta. `factors`: of a drop-path that follows the norm.
  void finish_gradient(const PassContext<T>& pass, const Factors& factors);
  /// The scale of a result's gradient by channel, times the `factor` of an image's drop-path;
  /// `memory` holds it.
  const float* gradient_scale(float factor, float* memory) const;
  /// The gradient of some pixels of the raw result of image n, with its gradient_scale(), as rows
  /// of a matrix.
  void raw_gradient(const PassContext<T>& pass, int64_t n, const float* scale,
                    kernels::PixelRange pixels, kernels::Pixels<T> out) const;

 private:
  void take_constants(const PassContext<T>& pass);
  void set_affine(const PassContext<T>& pass);
  bool is_bias(const Part& part) const {
    return graph_.operators[part.op].kind == graph::OperatorKind::kBias;
  }
  /// Of gamma, beta among the parameters.
  float gamma(const PassContext<T>& pass, const Part& part, int c) const {
    return is_bias(part) ? 1.0f : pass.values(part.op)[c];
  }
  int beta_index(const Part& part) const { return is_bias(part) ? 0 : 1; }

  const graph::Graph& graph_;
  const plan::Convolution& made_;
  std::vector<Part> parts_;
  int64_t channels_ = 0, pixels_;
  bool takes_statistics_;  // of all parts
  // Of the last pass forward; the origin is the mean, rounded, and all three are padded.
  std::vector<double> mean_, deviation_inverse_;  // 1 / sqrt(variance + epsilon)
  kernels::AlignedFloats origin_, scale_, shift_;
  // By image: sums for the statistics, about its first pixel, and for the gradient.
  std::vector<double> sums_, gradient_sums_;
  kernels::AlignedFloats origins_;
  // The gradient of the raw result is a d + b raw + c by channel; d: of the norm's result.
  kernels::AlignedFloats a_, b_, c_;
};

}  // namespace nasnet::fused
