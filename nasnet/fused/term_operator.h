#pragma once

#include "nasnet/fused/step_operator.h"
#include "nasnet/kernels/elementwise.h"

namespace nasnet::fused {

/// A step whose result may be a term of a sum: written alone, added, or written with another term.
template <class T>
class TermOperator : public StepOperator<T> {
 public:
  using StepOperator<T>::StepOperator;

  virtual kernels::Term<T> term(const PassContext<T>& pass, int64_t n) const = 0;
  /// Sets the operator of the step plan::Term::with.
  void set_other(const TermOperator* other) { other_ = other; }

 protected:
  /// Writes the term, and the other step's, to the result's place.
  void write_sum(const PassContext<T>& pass, int64_t n) const {
    const graph::Shape& shape = this->shape();
    const int64_t pixels = int64_t{shape.height} * shape.width;
    const View<T> out = pass.view(this->of_.step.output);
    const kernels::Term<T> own = term(pass, n);
    if (other_) {
      kernels::combine(other_->term(pass, n), own, pixels, shape.channels, out.at(n), out.stride);
    } else {
      kernels::apply(own.x, own.stride, pixels, shape.channels, own.affine, own.factor, out.at(n),
                     out.stride, this->of_.step.adds);
    }
  }

 private:
  const TermOperator* other_ = nullptr;
};

}  // namespace nasnet::fused
