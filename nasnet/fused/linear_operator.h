#pragma once

#include <cstdint>

#include "nasnet/fused/factors.h"
#include "nasnet/fused/step_operator.h"

namespace nasnet::fused {

/// A linear layer, after dropout in training, which writes to the caller's memory.
template <class T>
class LinearOperator final : public StepOperator<T> {
 public:
  LinearOperator(const StepOf& of, BatchNorm<T>* read);

  void begin(const PassContext<T>& pass) override;
  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;
  void finish_backward(const PassContext<T>& pass, const float* weights) override;

 private:
  const plan::Linear& linear_;
  const int64_t outputs_, inner_;
  Factors factors_;
};

}  // namespace nasnet::fused
