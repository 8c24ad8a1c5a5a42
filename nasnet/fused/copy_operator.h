#pragma once

#include "nasnet/fused/factors.h"
#include "nasnet/fused/term_operator.h"

namespace nasnet::fused {

/// Copies a value to the sum or concatenation that reads it; drop-path may scale it.
template <class T>
class CopyOperator final : public TermOperator<T> {
 public:
  using TermOperator<T>::TermOperator;

  void begin(const PassContext<T>& pass) override;
  kernels::Term<T> term(const PassContext<T>& pass, int64_t n) const override;
  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;

 private:
  Factors factors_;
};

}  // namespace nasnet::fused
