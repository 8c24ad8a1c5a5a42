#pragma once

#include "nasnet/fused/step_operator.h"
#include "nasnet/kernels/pool.h"

namespace nasnet::fused {

/// The mean over all pixels, of activated values where the input says so.
template <class T>
class GlobalPoolOperator final : public StepOperator<T> {
 public:
  using StepOperator<T>::StepOperator;

  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;

 private:
  kernels::GlobalPoolShape pool_shape() const;
};

}  // namespace nasnet::fused
