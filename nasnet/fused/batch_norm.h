#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/fused/factors.h"
#include "nasnet/fused/pass_context.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/images.h"

namespace nasnet::fused {

/// The batch norm of a convolution's result in training, with its twin's behind it: statistics of
/// the batch, and the gradient through them. Those who read a result that is left to them apply it.
template <class T>
class BatchNorm {
 public:
  /// Channels of the raw convolution that have parameters of their own.
  struct Part {
    int op;
    plan::Place output;
    int channel, channels;
  };

  BatchNorm(const graph::Graph& graph, const plan::Step& step);

  const std::vector<Part>& parts() const { return parts_; }
  int64_t channels() const { return channels_; }  ///< of all parts
  /// The convolution's result.
  View<T> raw(const PassContext<T>& pass) const { return pass.view({made_.raw, 0}); }
  /// y = scale raw + shift by channel.
  kernels::Affine affine() const { return {scale_.data(), shift_.data()}; }

  // --- Forward ---

  void prepare_statistics(int64_t images);
  /// Takes the sums of some pixels of an image while they are warm.
  void add_pixels(const T* raw, int64_t count, int64_t n, bool first);
  /// Mean and variance over the batch; takes the running statistics a step on.
  void finish_statistics(const PassContext<T>& pass);

  // --- Backward ---

  /// The gradient of a part's result.
  View<T> result_gradient(const PassContext<T>& pass, const Part& part) const {
    return part.output.buffer >= 0 ? pass.gradient(part.output) : pending_gradient(pass);
  }
  /// Of a result that is left to one reader.
  View<T> pending_gradient(const PassContext<T>& pass) const {
    return pass.view({made_.pending_gradient, 0});
  }
  void prepare_gradient(int64_t images);
  /// Takes an image's sums of the gradient of the results.
  void add_gradients(const PassContext<T>& pass, int64_t n);
  /// The same of some pixels of a result that is left to the caller.
  void add_pending(const PassContext<T>& pass, int64_t n, const T* d, int64_t stride, int64_t first,
                   int64_t count);
  /// Where these are added up: sums of d, then, after as many channels, of d (raw - origin).
  double* gradient_sums(int64_t n) {
    return &gradient_sums_[static_cast<size_t>(n * 2 * channels_)];
  }
  const float* origin() const { return origin_.data(); }
  /// Adds the gradients of gamma and beta. `factors`: of a drop-path behind the norm.
  void finish_gradient(const PassContext<T>& pass, const Factors& factors);
  /// The scale of the gradient of a result behind an image's drop-path, by channel; `memory`
  /// for as many floats.
  const float* gradient_scale(float factor, float* memory) const;
  /// The gradient of the raw result's pixels [first, first + count) of an image, with its
  /// gradient_scale(), in rows as kernels want them.
  void raw_gradient(const PassContext<T>& pass, int64_t n, const float* scale, int64_t first,
                    int64_t count, T* out) const;

 private:
  void set_affine(const PassContext<T>& pass);

  const graph::Graph& graph_;
  const plan::Convolution& made_;
  std::vector<Part> parts_;
  int64_t channels_ = 0, pixels_;
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
