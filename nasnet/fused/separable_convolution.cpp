#include "nasnet/fused/separable_convolution.h"

#include <algorithm>

#include "nasnet/kernels/depthwise.h"

namespace nasnet::fused {

/// The depthwise results of rows [first, first + count).
template <class T>
Matrix<T> SeparableConvolution<T>::band(int first, int count, Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const int64_t channels = rows.in.channels, inner = kernels::inner_stride<T>(rows.inner);
  kernels::DepthwiseShape window = rows.window;
  window.height = count;
  const int64_t skipped = int64_t{first} * window.stride * window.row();
  T* out = own.rows.data();
  kernels::depthwise(own.image.data() + rows.first_window() + skipped * channels, channels,
                     this->weights_.depthwise.data(), window, out, inner, &own.ahead);
  end_pairs(out, int64_t{count} * rows.width, rows.inner);
  return {out, inner};
}

template <class T>
void SeparableConvolution<T>::multiply(int, int first, int count, Scratch<T>& own, T* out,
                                       int64_t out_stride, const kernels::Finish<T>& finish) const {
  const PackedConvolution<T>& weights = this->weights_.packed[0];
  const Matrix<T> a = band(first, count, own);
  kernels::matmul(a.data, a.stride, int64_t{count} * this->rows_.width, this->rows_.inner,
                  weights.forward.data(), weights.outputs, out, out_stride, finish);
}

template <class T>
void SeparableConvolution<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own,
                                       float* weights) {
  const plan::Rows& rows = this->rows_;
  const PackedConvolution<T>& packed = this->weights_.packed[0];
  const int64_t channels = this->norm_.channels();
  const float* scale = this->gradient_scale(n, own);
  this->activate(pass, n, own);
  const kernels::Border border = kernels::gradient_border(rows.window, rows.image_part());
  const int64_t d_row = (rows.width + border.left + border.right) * rows.inner;
  const int64_t d_stride = kernels::inner_stride<T>(channels);
  float* products = this->bordered_gradient(rows.inner, border, own);
  T* d = own.gradient.data();
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int count = std::min(rows.band(), rows.height - first);
    const int64_t size = int64_t{count} * rows.width;
    this->norm_.raw_gradient(pass, n, scale, int64_t{first} * rows.width, size, d);
    const Matrix<T> a = band(first, count, own);
    kernels::matmul_transposed(a.data, a.stride, d, d_stride, size, rows.inner, channels, weights,
                               &own.ahead);
    for (int y = 0; y < count; ++y)
      kernels::matmul(d + int64_t{y} * rows.width * d_stride, d_stride, rows.width, channels,
                      packed.backward.data(), rows.inner, products + (first + y) * d_row,
                      rows.inner, kernels::Finish<float>{.ahead = &own.ahead});
  }
  kernels::depthwise_weight_gradient(own.image.data() + rows.first_window(), rows.in.channels,
                                     products, rows.inner, d_row, rows.window,
                                     weights + packed.gradient_size());
  if (!this->input_.wants_gradient()) return;
  const View<T> into = this->input_.gradient(pass);
  kernels::depthwise_input_gradient(products, rows.inner, this->weights_.depthwise.data(),
                                    rows.window, rows.image_part(), passage(pass, n, own),
                                    into.at(n), into.stride, this->input_.gradient_adds());
}

/// The gradient's way through the activation, which takes the sums for a pending norm.
template <class T>
kernels::Passage<T> SeparableConvolution<T>::passage(const PassContext<T>& pass, int64_t n,
                                                     Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  kernels::Passage<T> passage{.ahead = &own.ahead};
  if (this->input_.relu()) {
    passage.activated = own.image.data() + rows.inside();
    passage.activated_stride = rows.in.channels;
    passage.activated_row = rows.padded_width() * rows.in.channels;
  }
  if (BatchNorm<T>* read = this->input_.pending_norm()) {
    const View<T> raw = this->input_.values(pass);
    passage.raw = raw.at(n);
    passage.raw_stride = raw.stride;
    passage.origin = read->origin();
    passage.sum = read->gradient_sums(n);
    passage.product = passage.sum + rows.in.channels;
  }
  return passage;
}

template class SeparableConvolution<float>;
template class SeparableConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
