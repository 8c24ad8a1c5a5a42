// Depthwise results never reach main memory: forward they are multiplied band by band, backward
// computed again, which costs less than to keep and read them.

#include "nasnet/fused/separable_convolution.h"

#include "nasnet/kernels/depthwise.h"

namespace nasnet::fused {

/// The depthwise results of some rows: rows of the matrix.
template <class T>
kernels::Pixels<const T> SeparableConvolution<T>::depthwise(const plan::Band& band,
                                                            Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  kernels::DepthwiseShape window = rows.window;
  window.height = band.count;
  const int64_t skipped = int64_t{band.first} * window.stride * rows.padded_width();
  const kernels::Pixels out = {own.rows.data(), kernels::inner_stride<T>(rows.inner)};
  kernels::depthwise(rows.windows(own.image.data()).from_pixel(skipped),
                     this->weights_.depthwise.data(), window, out, &own.ahead);
  end_pairs(out, rows.pixels_of(band).count, rows.inner);
  return out;
}

template <class T>
void SeparableConvolution<T>::multiply(int, const plan::Band& band, Scratch<T>& own,
                                       kernels::Pixels<T> out,
                                       const kernels::Finish<T>& finish) const {
  const plan::Rows& rows = this->rows_;
  const PackedConvolution<T>& weights = this->weights_.packed[0];
  kernels::matmul(
      depthwise(band, own), weights.forward.data(),
      {.rows = rows.pixels_of(band).count, .inner = rows.inner, .columns = weights.outputs}, out,
      finish);
}

template <class T>
void SeparableConvolution<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own,
                                       float* weights) {
  const plan::Rows& rows = this->rows_;
  const PackedConvolution<T>& packed = this->weights_.packed[0];
  const int64_t channels = this->norm_.channels();
  const float* scale = this->gradient_scale(n, own);
  this->activate(pass, n, own);
  const kernels::Pixels<float> products = this->bordered_gradient(
      rows.inner, kernels::gradient_border(rows.window, rows.image_part()), own);
  const kernels::Pixels d = {own.gradient.data(), kernels::inner_stride<T>(channels)};
  rows.for_bands(rows.all_rows(), [&](const plan::Band& band) {
    const kernels::PixelRange pixels = rows.pixels_of(band);
    this->norm_.raw_gradient(pass, n, scale, pixels, d);
    kernels::matmul_transposed({.d = d, .x = depthwise(band, own)},
                               {.rows = pixels.count, .inner = rows.inner, .columns = channels},
                               weights, &own.ahead);
    for (int y = 0; y < band.count; ++y)
      kernels::matmul(d.from_pixel(int64_t{y} * rows.width), packed.backward.data(),
                      {.rows = rows.width, .inner = channels, .columns = rows.inner},
                      products.from_row(band.first + y), {.ahead = &own.ahead});
  });
  kernels::depthwise_weight_gradient({.d = products, .x = rows.windows(own.image.data())},
                                     rows.window, weights + packed.gradient_size());
  if (!this->input_.wants_gradient()) return;
  kernels::depthwise_input_gradient(products, this->weights_.depthwise.data(), rows.window,
                                    rows.image_part(), passage(pass, n, own),
                                    this->input_.gradient(pass).at(n));
}

/// The gradient's way through the activation, which takes the sums for a pending norm.
template <class T>
kernels::Passage<T> SeparableConvolution<T>::passage(const PassContext<T>& pass, int64_t n,
                                                     Scratch<T>& own) const {
  kernels::Passage<T> passage{.write = this->input_.gradient_write(), .ahead = &own.ahead};
  if (this->input_.relu()) passage.activated = this->rows_.inside(own.image.data());
  if (BatchNorm<T>* read = this->input_.pending_norm()) {
    passage.raw = this->input_.values(pass).at(n);
    passage.sums = read->gradient_sums(n);
  }
  return passage;
}

template class SeparableConvolution<float>;
template class SeparableConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
