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
  void multiply(int half, const plan::Band& band, Scratch<float>& own, kernels::Pixels<float> out,
                const kernels::Finish<float>& finish) const override;

 private:
  /// Pixels (y + i strides, x + j strides) of the input, whose gradients have the same taps.
  struct Phase {
    int y, x, half;
    std::vector<kernels::Tap> taps;
  };
  /// The pixels where the windows of some result rows begin.
  kernels::Pixels<const float> windows(int half, const plan::Band& band,
                                       const Scratch<float>& own) const;
  void input_gradient(const PassContext<float>& pass, int64_t n, kernels::Pixels<const float> d,
                      Scratch<float>& own) const;

  kernels::Border border_;  // of the gradient of the result
  std::vector<Phase> phases_;
};

}  // namespace nasnet::fused
