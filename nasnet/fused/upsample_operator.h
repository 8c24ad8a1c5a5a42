#pragma once

#include "nasnet/fused/step_operator.h"

namespace nasnet::fused {

/// Copies each pixel of a map to those of a larger one whose nearest it is: row y of H has row
/// y h / H of h, rounded down, and columns alike.
template <class T>
class UpsampleOperator final : public StepOperator<T> {
 public:
  using StepOperator<T>::StepOperator;

  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;
};

}  // namespace nasnet::fused
