#pragma once

#include "nasnet/fused/step_operator.h"

namespace nasnet::fused {

/// A ReLU with a reader that is no convolution.
template <class T>
class ReluOperator final : public StepOperator<T> {
 public:
  using StepOperator<T>::StepOperator;

  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;
};

}  // namespace nasnet::fused
