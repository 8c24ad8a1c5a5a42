// A band's matrix rows and its results stay in the nearest caches (plan::Rows::band) until its
// product and its part of the norm's sums are done.

#include "nasnet/fused/banded_convolution.h"

namespace nasnet::fused {

/// With few images their rows are shared out.
template <class T>
void BandedConvolution<T>::infer(const PassContext<T>& pass) {
  const plan::Rows& rows = this->rows_;
  const int64_t chunks = pass.workers.parts_of_image(pass.images, rows.height);
  const View<T> to = this->result(pass, 0);
  pass.workers.for_tasks(pass.images * chunks, [&](int64_t task, Scratch<T>& own) {
    const int64_t n = task / chunks;
    const plan::Band chunk = rows.chunk(task % chunks, chunks);
    this->activate_part(pass, n, chunk, own);
    rows.for_bands(chunk, [&](const plan::Band& band) {
      kernels::Pixels<T> out = to.at(n).from_pixel(rows.pixels_of(band).first);
      for (int half = 0; half < halves(); ++half) {
        multiply(half, band, own, out, this->finish(half));
        out = out.from_channel(this->weights_.packed[half].outputs);
      }
    });
  });
}

template <class T>
void BandedConvolution<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) {
  const plan::Rows& rows = this->rows_;
  this->activate(pass, n, own);
  rows.for_bands(rows.all_rows(), [&](const plan::Band& band) {
    const kernels::PixelRange pixels = rows.pixels_of(band);
    kernels::Pixels<T> out = this->norm_.raw(pass).at(n).from_pixel(pixels.first);
    for (int half = 0; half < halves(); ++half) {
      multiply(half, band, own, out, {.ahead = &own.ahead});
      out = out.from_channel(this->weights_.packed[half].outputs);
    }
    this->norm_.add_pixels(pass, n, pixels);
  });
}

template class BandedConvolution<float>;
template class BandedConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
