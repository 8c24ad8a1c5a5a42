// Values leave the arena as float32, through the norm and the ReLU that their readers would apply
// themselves.

#include "nasnet/fused/output_operator.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::fused {

template <class T>
OutputOperator<T>::OutputOperator(const StepOf& of, BatchNorm<T>* read)
    : StepOperator<T>(of, read), output_(std::get<plan::Output>(of.step.kind).output) {
  NASNET_CHECK(output_ < of.plan.outputs.size(), "a caller has asked for the value");
}

template <class T>
void OutputOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const kernels::Size size = this->size();
  float* const out = pass.outputs[output_] + n * this->shape().elements();
  kernels::activate(this->input_.values(pass).at(n), size, this->input_.activation(),
                    kernels::Pixels{out, size.channels});
}

template <class T>
void OutputOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const kernels::Size size = this->size();
  const kernels::Pixels<T> into = this->input_.gradient(pass).at(n);
  if (const float* above = pass.above[output_]) {
    const kernels::Pixels d = {above + n * this->shape().elements(), size.channels};
    kernels::activate_gradient({.d = d, .x = this->input_.values(pass).at(n)}, size,
                               this->input_.activation(), into, this->input_.gradient_write());
  } else if (this->input_.gradient_write() == kernels::Write::kReplace) {
    // Without a gradient from the caller later writers must find zeros to add to.
    for (int64_t p = 0; p < size.pixels(); ++p)
      std::fill_n(into.from_pixel(p).data, size.channels, T(0.0f));
  }
}

template class OutputOperator<float>;
template class OutputOperator<kernels::Bf16>;

}  // namespace nasnet::fused
