#pragma once

#include <vector>

#include "nasnet/fused/banded_convolution.h"

namespace nasnet::fused {

/// A dense convolution in float32, or both halves of a factorised reduction: products straight over
/// the padded image, tap by tap, and backward over the padded gradient of the result.
class WindowsConvolution final : public BandedConvolution<float> {
 public:
  WindowsConvolution(const StepOf& of, BatchNorm<float>* read, const plan::Rows& rows);

  void backward(const PassContext<float>& pass, int64_t n, Scratch<float>& own,
                float* weights) override;

 protected:
  void multiply(int half, int first, int count, Scratch<float>& own, float* out, int64_t out_stride,
                const kernels::Finish<float>& finish) const override;

 private:
  /// Pixels (y + i strides, x + j strides) of the input, whose gradients have the same taps.
  struct Phase {
    int y, x, half;
    std::vector<kernels::Tap> taps;
  };
  void input_gradient(const PassContext<float>& pass, int64_t n, const float* d,
                      Scratch<float>& own) const;

  kernels::Border border_;  // of the gradient of the result
  int64_t d_row_;           // with it
  std::vector<Phase> phases_;
};

}  // namespace nasnet::fused
