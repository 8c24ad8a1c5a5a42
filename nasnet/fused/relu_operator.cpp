#include "nasnet/fused/relu_operator.h"

#include "nasnet/kernels/elementwise.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

template <class T>
void ReluOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const graph::Shape& shape = this->shape();
  const View<T> from = this->input_.values(pass), into = pass.view(this->of_.step.output);
  kernels::activate(from.at(n), from.stride, shape.height, shape.width, shape.channels, {}, true,
                    into.at(n), into.stride, shape.width * into.stride);
}

template <class T>
void ReluOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const graph::Shape& shape = this->shape();
  const View<T> from = this->input_.values(pass), d = pass.gradient(this->of_.step.output),
                into = this->input_.gradient(pass);
  for (int64_t p = 0; p < plan::pixels(shape); ++p)
    for (int c = 0; c < shape.channels; ++c) {
      const bool passed = !(from.at(n)[p * from.stride + c] <= 0.0f);  // NaN does
      T& result = into.at(n)[p * into.stride + c];
      result = T((this->input_.gradient_adds() ? float(result) : 0.0f) +
                 (passed ? float(d.at(n)[p * d.stride + c]) : 0.0f));
    }
}

template class ReluOperator<float>;
template class ReluOperator<kernels::Bf16>;

}  // namespace nasnet::fused
