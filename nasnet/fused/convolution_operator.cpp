// The part of a convolution that does not depend on how its rows are made: the norm's two phases,
// the results as terms of sums, and what to prefetch.

#include "nasnet/fused/convolution_operator.h"

namespace nasnet::fused {

using Kind = plan::Work::Kind;

template <class T>
ConvolutionOperator<T>::ConvolutionOperator(const StepOf& of, BatchNorm<T>* read,
                                            const plan::Rows& rows)
    : TermOperator<T>(of, read),
      made_(std::get<plan::Convolution>(of.step.kind)),
      rows_(rows),
      norm_(of.graph, of.step) {}

template <class T>
void ConvolutionOperator<T>::begin(const PassContext<T>& pass) {
  factors_.draw(pass.graph, pass.how, pass.images, made_.drop);
}

template <class T>
void ConvolutionOperator<T>::take_parameters(const PassContext<T>& pass) {
  weights_.fold(pass, this->of_.step);
}

template <class T>
View<T> ConvolutionOperator<T>::result(const PassContext<T>& pass, size_t convolution) const {
  if (made_.twin.op >= 0 && convolution == 1) return pass.view(made_.twin.output);
  const plan::Place& output = this->of_.step.output;
  // A pending norm has no result: what its reader reads lies in the raw buffer.
  return pass.view(output.buffer >= 0 ? output : plan::Place{made_.raw, 0});
}

template <class T>
kernels::Finish<T> ConvolutionOperator<T>::finish(size_t convolution) const {
  return {.bias = weights_.bias[convolution].data(),
          .relu = this->of_.step.output.buffer < 0,
          .write = this->write()};
}

template <class T>
void ConvolutionOperator<T>::prepare_forward(const PassContext<T>& pass) {
  weights_.pack(pass, made_);
  norm_.prepare_statistics(pass.images);
}

template <class T>
void ConvolutionOperator<T>::finish_forward(const PassContext<T>& pass) {
  norm_.finish_statistics(pass);
}

template <class T>
kernels::Term<T> ConvolutionOperator<T>::term(const PassContext<T>& pass, int64_t n) const {
  return {.x = norm_.raw(pass).at(n), .affine = norm_.affine(), .factor = factors_.at(n)};
}

/// Norm and factor applied to the raw result; held ones are left to their readers.
template <class T>
void ConvolutionOperator<T>::write_result(const PassContext<T>& pass, int64_t n) {
  if (this->of_.step.output.buffer >= 0 && !made_.held) this->write_sum(pass, n);
  if (made_.twin.op < 0 || made_.twin.held) return;
  const int first = this->shape().channels;  // of the twin
  kernels::apply({.x = norm_.raw(pass).at(n).from_channel(first),
                  .affine = norm_.affine().from_channel(first)},
                 plan::size_of(this->of_.op(made_.twin.op).output),
                 pass.view(made_.twin.output).at(n), kernels::Write::kReplace);
}

template <class T>
void ConvolutionOperator<T>::prepare_gradient_sums(const PassContext<T>& pass) {
  norm_.prepare_gradient(pass.images);
}

template <class T>
void ConvolutionOperator<T>::sum_gradients(const PassContext<T>& pass, int64_t n) {
  norm_.add_gradients(pass, n);
}

/// The norm first: its constants are part of every gradient that the images take.
template <class T>
void ConvolutionOperator<T>::prepare_backward(const PassContext<T>& pass) {
  norm_.finish_gradient(pass, factors_);
  if (BatchNorm<T>* read = this->input_.pending_norm()) read->prepare_gradient(pass.images);
}

template <class T>
void ConvolutionOperator<T>::finish_backward(const PassContext<T>& pass, const float* weights) {
  weights_.add_gradients(pass, made_, weights);
}

/// Takes the sums of the norm that the input is read through, while its gradient is in the caches.
template <class T>
void ConvolutionOperator<T>::sum_pending(const PassContext<T>& pass, int64_t n,
                                         kernels::PixelRange pixels) const {
  BatchNorm<T>* read = this->input_.pending_norm();
  if (!read) return;
  const kernels::Pixels<T> gradient = this->input_.gradient(pass).at(n);
  read->add_pending(pass, n, gradient.from_pixel(pixels.first), pixels);
}

/// `near`: the convolution before this one reads the same input, which is in the caches.
template <class T>
std::vector<Wanted> ConvolutionOperator<T>::wanted(const PassContext<T>& pass, Kind kind,
                                                   bool near) const {
  std::vector<Wanted> wanted;
  graph::Shape shape = this->shape();
  shape.channels = static_cast<int>(norm_.channels());
  if (kind != Kind::kForward) want(norm_.raw(pass), shape, wanted);
  if (kind == Kind::kBackward) {
    for (const typename BatchNorm<T>::Part& part : norm_.parts()) {
      shape.channels = part.channels;
      want(norm_.result_gradient(pass, part), shape, wanted);
    }
    if (this->input_.wants_gradient())
      want(this->input_.gradient(pass), this->input_.shape(), wanted);
  }
  const bool reads = kind == Kind::kForward || kind == Kind::kBackward;
  if (reads && !near) want(this->input_.values(pass), this->input_.shape(), wanted);
  return wanted;
}

template class ConvolutionOperator<float>;
template class ConvolutionOperator<kernels::Bf16>;

}  // namespace nasnet::fused
