// Nearest neighbours: each pixel is copied, and its gradient is the sum of its copies'.

#include "nasnet/fused/upsample_operator.h"

#include <algorithm>

#include "nasnet/kernels/terms.h"

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
  const kernels::Pixels<T> from = this->input_.values(pass).at(n);
  const kernels::Pixels<T> into = pass.view(this->of_.step.output).at(n);
  for_each_pixel(this->shape(), this->input_.shape(), [&](int64_t large, int64_t small) {
    kernels::apply({.x = from.from_pixel(small), .affine = this->input_.affine()},
                   {.channels = this->size().channels}, into.from_pixel(large), this->write());
  });
}

template <class T>
void UpsampleOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>&, float*) {
  const kernels::Size small = this->input_.size();
  const kernels::Pixels<T> d = pass.gradient(this->of_.step.output).at(n);
  const kernels::Pixels<T> into = this->input_.gradient(pass).at(n);
  if (this->input_.gradient_write() == kernels::Write::kReplace)
    // Copies add up, so that the first of them must find zeros.
    for (int64_t p = 0; p < small.pixels(); ++p)
      std::fill_n(into.from_pixel(p).data, small.channels, T(0.0f));
  for_each_pixel(this->shape(), this->input_.shape(), [&](int64_t large, int64_t pixel) {
    kernels::apply({.x = d.from_pixel(large)}, {.channels = small.channels}, into.from_pixel(pixel),
                   kernels::Write::kAdd);
  });
}

template class UpsampleOperator<float>;
template class UpsampleOperator<kernels::Bf16>;

}  // namespace nasnet::fused
