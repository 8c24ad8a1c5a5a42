// The last map's ReLU is applied as it is read, so that its result needs no memory.

#include "nasnet/fused/global_pool_operator.h"

namespace nasnet::fused {

template <class T>
kernels::GlobalPoolShape GlobalPoolOperator<T>::pool_shape() const {
  const kernels::Size in = this->input_.size();
  return {.pixels = in.pixels(), .channels = in.channels, .relu = this->input_.relu()};
}

template <class T>
void GlobalPoolOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  kernels::global_average(this->input_.values(pass).at(n), pool_shape(),
                          pass.view(this->of_.step.output).at(n));
}

template <class T>
void GlobalPoolOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  kernels::global_average_gradient(
      {.d = pass.gradient(this->of_.step.output).at(n), .x = this->input_.values(pass).at(n)},
      pool_shape(), this->input_.gradient(pass).at(n), this->input_.gradient_write());
}

template class GlobalPoolOperator<float>;
template class GlobalPoolOperator<kernels::Bf16>;

}  // namespace nasnet::fused
