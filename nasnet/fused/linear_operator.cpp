// One pixel for each image, some hundred channels, ten to a thousand classes: plain loops, but for
// the forward product.

#include "nasnet/fused/linear_operator.h"

#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/kernels/dot.h"

namespace nasnet::fused {

template <class T>
LinearOperator<T>::LinearOperator(const StepOf& of, BatchNorm<T>* read)
    : StepOperator<T>(of, read),
      linear_(std::get<plan::Linear>(of.step.kind)),
      outputs_(of.op().output.elements()),
      inner_(this->input_.shape().elements()) {
  NASNET_CHECK(this->input_.size().pixels() == 1, "a linear layer reads one pixel");
}

template <class T>
void LinearOperator<T>::begin(const PassContext<T>& pass) {
  factors_.draw(pass.graph, pass.how, pass.images, linear_.dropout);
}

template <class T>
void LinearOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const float* weight = pass.values(this->of_.step.op);
  const float* bias = pass.values(this->of_.step.op, 1);
  const T* from = this->input_.values(pass).at(n).data;
  float* out = pass.outputs[linear_.output] + n * outputs_;
  std::vector<float> x(inner_);
  for (int64_t k = 0; k < inner_; ++k) x[k] = float(from[k]) * factors_.at(n * inner_ + k);
  for (int64_t o = 0; o < outputs_; ++o)
    out[o] = bias[o] + kernels::dot(x.data(), weight + o * inner_, inner_);
}

template <class T>
void LinearOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  if (!this->input_.wants_gradient()) return;
  const float* weight = pass.values(this->of_.step.op);
  const float* above = pass.above[linear_.output];
  T* result = this->input_.gradient(pass).at(n).data;
  // In doubles: a thousand classes are added up.
  std::vector<double> sums(inner_, 0.0);
  for (int64_t o = 0; above && o < outputs_; ++o)
    for (int64_t k = 0; k < inner_; ++k)
      sums[k] += static_cast<double>(above[n * outputs_ + o]) * weight[o * inner_ + k];
  for (int64_t k = 0; k < inner_; ++k)
    kernels::write_value(static_cast<float>(sums[k]) * factors_.at(n * inner_ + k),
                         this->input_.gradient_write(), result[k]);
}

/// Weights and biases, of all images in their order, whatever the number of threads.
template <class T>
void LinearOperator<T>::finish_backward(const PassContext<T>& pass, const float*) {
  const float* above = pass.above[linear_.output];
  // The loss does not reach this output.
  if (!above) return;
  const View<T> from = this->input_.values(pass);
  float* weight_gradient = pass.parameter_gradient(this->of_.step.op);
  float* bias_gradient = pass.parameter_gradient(this->of_.step.op, 1);
  for (int64_t n = 0; n < pass.images; ++n)
    for (int64_t o = 0; o < outputs_; ++o) {
      const float gradient = above[n * outputs_ + o];
      bias_gradient[o] += gradient;
      for (int64_t k = 0; k < inner_; ++k)
        weight_gradient[o * inner_ + k] +=
            gradient * float(from.at(n).data[k]) * factors_.at(n * inner_ + k);
    }
}

template class LinearOperator<float>;
template class LinearOperator<kernels::Bf16>;

}  // namespace nasnet::fused
