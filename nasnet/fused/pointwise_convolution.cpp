// Pixels are matrix rows already: a 1x1 convolution without activation multiplies them where they
// lie, any other copies a tile of activated ones into the first cache.

#include "nasnet/fused/pointwise_convolution.h"

namespace nasnet::fused {

/// Rows of the matrix: the pixels themselves, or activated copies.
template <class T>
kernels::Pixels<const T> PointwiseConvolution<T>::tile(const PassContext<T>& pass, int64_t n,
                                                       kernels::PixelRange pixels,
                                                       Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const kernels::Pixels<T> in = this->input_.values(pass).at(n).from_pixel(pixels.first);
  const int64_t inner = kernels::inner_stride<T>(rows.inner);
  if (rows.direct && inner == rows.inner) return in;
  NASNET_DCHECK(std::ssize(own.rows) >= pixels.count * inner, "the plan's scratch holds a tile");
  const kernels::Pixels out = {own.rows.data(), inner};
  kernels::activate(in, {.width = pixels.count, .channels = rows.in.channels},
                    this->input_.activation(), out);
  end_pairs(out, pixels.count, rows.inner);
  return out;
}

/// With few images their rows are shared out.
template <class T>
void PointwiseConvolution<T>::infer(const PassContext<T>& pass) {
  const plan::Rows& rows = this->rows_;
  const int64_t chunks = pass.workers.parts_of_image(pass.images, rows.height);
  const int convolutions = this->made_.twin.op >= 0 ? 2 : 1;
  pass.workers.for_tasks(pass.images * chunks, [&](int64_t task, Scratch<T>& own) {
    const int64_t n = task / chunks;
    rows.for_tiles(rows.chunk(task % chunks, chunks), [&](kernels::PixelRange pixels) {
      const kernels::Pixels<const T> a = tile(pass, n, pixels, own);
      for (int k = 0; k < convolutions; ++k) {
        const PackedConvolution<T>& weights = this->weights_.packed[k];
        kernels::matmul(a, weights.forward.data(),
                        {.rows = pixels.count, .inner = rows.inner, .columns = weights.outputs},
                        this->result(pass, k).at(n).from_pixel(pixels.first), this->finish(k));
      }
    });
  });
}

template <class T>
void PointwiseConvolution<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) {
  const plan::Rows& rows = this->rows_;
  const kernels::Pixels<T> raw = this->norm_.raw(pass).at(n);
  rows.for_tiles(rows.all_rows(), [&](kernels::PixelRange pixels) {
    kernels::matmul(tile(pass, n, pixels, own), this->weights_.packed[0].forward.data(),
                    {.rows = pixels.count, .inner = rows.inner, .columns = this->norm_.channels()},
                    raw.from_pixel(pixels.first), {.ahead = &own.ahead});
    this->norm_.add_pixels(pass, n, pixels);
  });
}

template <class T>
void PointwiseConvolution<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own,
                                       float* weights) {
  const plan::Rows& rows = this->rows_;
  const int64_t channels = this->norm_.channels();
  const float* scale = this->gradient_scale(n, own);
  const kernels::Pixels d = {own.gradient.data(), kernels::inner_stride<T>(channels)};
  rows.for_tiles(rows.all_rows(), [&](kernels::PixelRange pixels) {
    this->norm_.raw_gradient(pass, n, scale, pixels, d);
    const kernels::Pixels<const T> a = tile(pass, n, pixels, own);
    kernels::matmul_transposed({.d = d, .x = a},
                               {.rows = pixels.count, .inner = rows.inner, .columns = channels},
                               weights, &own.ahead);
    if (!this->input_.wants_gradient()) return;
    kernels::matmul(d, this->weights_.packed[0].backward.data(),
                    {.rows = pixels.count, .inner = channels, .columns = rows.inner},
                    this->input_.gradient(pass).at(n).from_pixel(pixels.first),
                    {.mask = this->input_.relu() ? a : kernels::Pixels<const T>{},
                     .write = this->input_.gradient_write(),
                     .ahead = &own.ahead});
    this->sum_pending(pass, n, pixels);
  });
}

template class PointwiseConvolution<float>;
template class PointwiseConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
