// Nearly all ReLUs are applied by their readers on loading: this one is for the few that are not,
// and its way back is a plain loop.

#include "nasnet/fused/relu_operator.h"

namespace nasnet::fused {

template <class T>
void ReluOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  kernels::activate(this->input_.values(pass).at(n), this->size(), {.relu = true},
                    pass.view(this->of_.step.output).at(n));
}

template <class T>
void ReluOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const kernels::Size size = this->size();
  const kernels::Pixels<T> from = this->input_.values(pass).at(n);
  const kernels::Pixels<T> d = pass.gradient(this->of_.step.output).at(n);
  const kernels::Pixels<T> into = this->input_.gradient(pass).at(n);
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) {
      const bool passed = !(from.from_pixel(p).data[c] <= 0.0f);  // NaN does
      kernels::write_value(passed ? float(d.from_pixel(p).data[c]) : 0.0f,
                           this->input_.gradient_write(), into.from_pixel(p).data[c]);
    }
}

template class ReluOperator<float>;
template class ReluOperator<kernels::Bf16>;

}  // namespace nasnet::fused
