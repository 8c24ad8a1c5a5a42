#include "nasnet/fused/output_operator.h"

#include <algorithm>

#include "nasnet/kernels/elementwise.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

template <class T>
OutputOperator<T>::OutputOperator(const StepOf& of, BatchNorm<T>* read)
    : StepOperator<T>(of, read),
      output_(static_cast<size_t>(std::get<plan::Output>(of.step.kind).output)) {}

template <class T>
void OutputOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const graph::Shape& shape = this->shape();
  const View<T> from = this->input_.values(pass);
  kernels::activate(from.at(n), from.stride, shape.height, shape.width, shape.channels,
                    this->input_.affine(), this->input_.relu(),
                    pass.outputs[output_] + n * shape.elements(), shape.channels,
                    int64_t{shape.width} * shape.channels);
}

template <class T>
void OutputOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const graph::Shape& shape = this->shape();
  const View<T> from = this->input_.values(pass), into = this->input_.gradient(pass);
  if (const float* above = pass.above[output_]) {
    kernels::unpad(above + n * shape.elements(), shape.channels, shape.height, shape.width,
                   shape.channels, from.at(n), from.stride, this->input_.affine(),
                   this->input_.relu(), {}, into.at(n), into.stride, this->input_.gradient_adds());
  } else if (!this->input_.gradient_adds()) {
    for (int64_t p = 0; p < plan::pixels(shape); ++p)
      std::fill_n(into.at(n) + p * into.stride, shape.channels, T(0.0f));
  }
}

template class OutputOperator<float>;
template class OutputOperator<kernels::Bf16>;

}  // namespace nasnet::fused
