#pragma once

#include "nasnet/fused/step_operator.h"

namespace nasnet::fused {

/// A value, through its ReLU where it is one's, on its way to the caller, and the gradient that
/// comes back.
template <class T>
class OutputOperator final : public StepOperator<T> {
 public:
  OutputOperator(const StepOf& of, BatchNorm<T>* read);

  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;

 private:
  const size_t output_;
};

}  // namespace nasnet::fused
