#include "nasnet/fused/global_pool_operator.h"

#include "nasnet/kernels/pool.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

template <class T>
void GlobalPoolOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const graph::Shape& in = this->input_.shape();
  const View<T> from = this->input_.values(pass), into = pass.view(this->of_.step.output);
  kernels::global_average(from.at(n), from.stride, plan::pixels(in), in.channels,
                          this->input_.relu(), into.at(n));
}

template <class T>
void GlobalPoolOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const graph::Shape& in = this->input_.shape();
  const View<T> from = this->input_.values(pass), d = pass.gradient(this->of_.step.output),
                into = this->input_.gradient(pass);
  kernels::global_average_gradient(from.at(n), from.stride, plan::pixels(in), in.channels,
                                   this->input_.relu(), d.at(n), into.at(n), into.stride,
                                   this->input_.gradient_adds());
}

template class GlobalPoolOperator<float>;
template class GlobalPoolOperator<kernels::Bf16>;

}  // namespace nasnet::fused
