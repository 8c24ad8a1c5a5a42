#include "nasnet/fused/copy_operator.h"

#include "nasnet/plan/rows.h"

namespace nasnet::fused {

template <class T>
void CopyOperator<T>::begin(const PassContext<T>& pass) {
  factors_.draw(pass.graph, pass.how, pass.images, std::get<plan::Copy>(this->of_.step.kind).drop);
}

template <class T>
kernels::Term<T> CopyOperator<T>::term(const PassContext<T>& pass, int64_t n) const {
  const View<T> from = this->input_.values(pass);
  return {from.at(n), from.stride, this->input_.affine(), factors_.at(n)};
}

template <class T>
void CopyOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  this->write_sum(pass, n);
}

template <class T>
void CopyOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const graph::Shape& shape = this->shape();
  const View<T> d = pass.gradient(this->of_.step.output), into = this->input_.gradient(pass);
  kernels::apply(d.at(n), d.stride, plan::pixels(shape), shape.channels, {}, factors_.at(n),
                 into.at(n), into.stride, this->input_.gradient_adds());
}

template class CopyOperator<float>;
template class CopyOperator<kernels::Bf16>;

}  // namespace nasnet::fused
