#pragma once

#include "nasnet/fused/image_convolution.h"

namespace nasnet::fused {

/// A dense convolution by Winograd's algorithm along one axis, in float32 and in training. Forward
/// and backward are products of the transformed image, or gradient, and transformed weights.
class WinogradConvolution final : public ImageConvolution<float> {
 public:
  WinogradConvolution(const StepOf& of, BatchNorm<float>* read, const plan::Rows& rows);

  void prepare_forward(const PassContext<float>& pass) override;
  void forward(const PassContext<float>& pass, int64_t n, Scratch<float>& own) override;
  void backward(const PassContext<float>& pass, int64_t n, Scratch<float>& own,
                float* weights) override;
  void finish_backward(const PassContext<float>& pass, const float* weights) override;

 private:
  void transform_weights(const kernels::AlignedFloats& from, bool reverse,
                         kernels::AlignedFloats& to) const;
  void transform_image(const float* image, int64_t channels, float* out) const;
  void multiply_points(const float* in, int64_t inputs, const kernels::AlignedFloats& weights,
                       int64_t outputs, float* out, kernels::Ahead& ahead) const;

  const plan::WinogradRows tiles_;
  /// The packed weights, transformed: [point][tap of the other axis], the taps of `backward_` in
  /// reverse.
  kernels::AlignedFloats forward_, backward_;
};

}  // namespace nasnet::fused
