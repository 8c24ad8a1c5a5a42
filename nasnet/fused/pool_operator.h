#pragma once

#include "nasnet/fused/factors.h"
#include "nasnet/fused/step_operator.h"
#include "nasnet/kernels/pool.h"

namespace nasnet::fused {

/// An average or a max pool, which drop-path may scale. Results that are added or scaled are pooled
/// into the scratch first.
template <class T>
class PoolOperator final : public StepOperator<T> {
 public:
  PoolOperator(const StepOf& of, BatchNorm<T>* read);

  void begin(const PassContext<T>& pass) override;
  void infer(const PassContext<T>& pass) override;
  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;

 private:
  struct Channels {
    int64_t first, count;
  };
  /// Some channels of image n.
  void pool(const PassContext<T>& pass, int64_t n, Channels some, Scratch<T>& own) const;

  kernels::PoolShape pool_shape_;  // without the affine of the pass
  bool average_;
  Factors factors_;
};

}  // namespace nasnet::fused
