#include "nasnet/fused/upsample_operator.h"

#include <algorithm>

#include "nasnet/kernels/elementwise.h"

namespace nasnet::fused {
namespace {

/// Calls take(pixel of the larger map, pixel of the smaller one).
template <class Take>
void for_each_pixel(const graph::Shape& large, const graph::Shape& small, Take take) {
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width; ++x)
      take(int64_t{y} * large.width + x, int64_t{y} * small.height / large.height * small.width +
                                             int64_t{x} * small.width / large.width);
}

}  // namespace

template <class T>
void UpsampleOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const int channels = this->shape().channels;
  const View<T> from = this->input_.values(pass), into = pass.view(this->of_.step.output);
  for_each_pixel(this->shape(), this->input_.shape(), [&](int64_t large, int64_t small) {
    kernels::apply(from.at(n) + small * from.stride, from.stride, 1, channels,
                   this->input_.affine(), 1.0f, into.at(n) + large * into.stride, into.stride,
                   this->of_.step.adds);
  });
}

template <class T>
void UpsampleOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const graph::Shape& small = this->input_.shape();
  const View<T> d = pass.gradient(this->of_.step.output), into = this->input_.gradient(pass);
  if (!this->input_.gradient_adds())
    for (int64_t p = 0; p < int64_t{small.height} * small.width; ++p)
      std::fill_n(into.at(n) + p * into.stride, small.channels, T(0.0f));
  for_each_pixel(this->shape(), small, [&](int64_t large, int64_t pixel) {
    kernels::apply(d.at(n) + large * d.stride, d.stride, 1, small.channels, {}, 1.0f,
                   into.at(n) + pixel * into.stride, into.stride, true);
  });
}

template class UpsampleOperator<float>;
template class UpsampleOperator<kernels::Bf16>;

}  // namespace nasnet::fused
