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
  enum class Order { kAsTheyAre, kReverse };
  void transform_weights(const kernels::AlignedFloats& from, Order order,
                         kernels::AlignedFloats& to) const;
  kernels::Lattice tap_lattice(int64_t tap) const;
  kernels::Lattice point_lattice(int64_t tap) const;
  void transform_image(const float* image, int64_t channels, float* out) const;
  /// Writes a result to `out`, in rows of pixels of so many channels, from the products of its
  /// points.
  void transform_result(const float* products, int64_t channels, float* out) const;
  /// Channels of what is multiplied, and of the product.
  struct Channels {
    int64_t in, out;
  };
  void multiply_points(const float* in, const kernels::AlignedFloats& weights, Channels channels,
                       float* out, kernels::Ahead& ahead) const;

  const plan::WinogradRows tiles_;
  /// The packed weights, transformed: [point][tap of the other axis], the taps of `backward_` in
  /// reverse.
  kernels::AlignedFloats forward_, backward_;
};

}  // namespace nasnet::fused
