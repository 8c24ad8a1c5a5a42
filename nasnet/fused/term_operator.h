#pragma once

// Sums of two results in one pass over the memory: see plan::Term.

#include "nasnet/base/check.h"
#include "nasnet/fused/step_operator.h"
#include "nasnet/kernels/terms.h"

namespace nasnet::fused {

/// A step whose result may be a term of a sum: written alone, added, or written with another term.
template <class T>
class TermOperator : public StepOperator<T> {
 public:
  using StepOperator<T>::StepOperator;

  virtual kernels::Term<T> term(const PassContext<T>& pass, int64_t n) const = 0;
  /// Sets the operator of the step plan::Term::with.
  void set_other(const TermOperator* other) {
    NASNET_CHECK(other && other != this, "a sum has two terms");
    other_ = other;
  }

 protected:
  /// Writes the term, and the other step's, to the result's place.
  void write_sum(const PassContext<T>& pass, int64_t n) const {
    const kernels::Pixels<T> out = pass.view(this->of_.step.output).at(n);
    if (other_) {
      kernels::combine(other_->term(pass, n), term(pass, n), this->size(), out);
    } else {
      kernels::apply(term(pass, n), this->size(), out, this->write());
    }
  }

 private:
  const TermOperator* other_ = nullptr;
};

}  // namespace nasnet::fused
