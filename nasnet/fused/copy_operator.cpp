// Copies are what is left where a value must lie in two places, or a held norm's result is wanted
// as it is.

#include "nasnet/fused/copy_operator.h"

namespace nasnet::fused {

template <class T>
void CopyOperator<T>::begin(const PassContext<T>& pass) {
  factors_.draw(pass.graph, pass.how, pass.images, std::get<plan::Copy>(this->of_.step.kind).drop);
}

template <class T>
kernels::Term<T> CopyOperator<T>::term(const PassContext<T>& pass, int64_t n) const {
  return {.x = this->input_.values(pass).at(n),
          .affine = this->input_.affine(),
          .factor = std::get<plan::Copy>(this->of_.step.kind).zero ? 0.0f : factors_.at(n)};
}

template <class T>
void CopyOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  this->write_sum(pass, n);
}

template <class T>
void CopyOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const View<T> d = pass.gradient(this->of_.step.output);
  kernels::apply({.x = d.at(n), .factor = factors_.at(n)}, this->size(),
                 this->input_.gradient(pass).at(n), this->input_.gradient_write());
}

template class CopyOperator<float>;
template class CopyOperator<kernels::Bf16>;

}  // namespace nasnet::fused
