#pragma once

#include "nasnet/fused/convolution_operator.h"

namespace nasnet::fused {

/// A 1x1 convolution, with its twin: a tile of pixels at a time, which are multiplied in place
/// where they need no activation.
template <class T>
class PointwiseConvolution final : public ConvolutionOperator<T> {
 public:
  using ConvolutionOperator<T>::ConvolutionOperator;

  void infer(const PassContext<T>& pass) override;
  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;

 private:
  kernels::Pixels<const T> tile(const PassContext<T>& pass, int64_t n, kernels::PixelRange pixels,
                                Scratch<T>& own) const;
};

}  // namespace nasnet::fused
