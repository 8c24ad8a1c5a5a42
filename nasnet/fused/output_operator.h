#pragma once

#include "nasnet/fused/step_operator.h"

namespace nasnet::fused {

/// Copies a value, or its ReLU, to the caller's memory, and takes the caller's gradient of it.
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
