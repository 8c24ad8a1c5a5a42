#pragma once

#include "nasnet/fused/convolution_operator.h"
#include "nasnet/kernels/aligned.h"

namespace nasnet::fused {

/// A batch norm or a bias of a value that is no convolution's, as of a sum. In training it keeps a
/// copy of the value, as others keep their convolution's result.
template <class T>
class NormOperator final : public ConvolutionOperator<T> {
 public:
  using ConvolutionOperator<T>::ConvolutionOperator;

  void take_parameters(const PassContext<T>& pass) override;
  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;

 private:
  kernels::AlignedFloats scale_, shift_;  // of inference
};

}  // namespace nasnet::fused
