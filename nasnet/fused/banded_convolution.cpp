#include "nasnet/fused/banded_convolution.h"

#include <algorithm>

namespace nasnet::fused {

/// With few images their rows are shared out.
template <class T>
void BandedConvolution<T>::infer(const PassContext<T>& pass) {
  const plan::Rows& rows = this->rows_;
  const int64_t chunks = pass.workers.parts_of_image(pass.images, rows.height);
  const View<T> to = this->result(pass, 0);
  pass.workers.for_tasks(pass.images * chunks, [&](int64_t task, Scratch<T>& own) {
    const int64_t n = task / chunks, chunk = task % chunks;
    const int begin = static_cast<int>(rows.height * chunk / chunks);
    const int end = static_cast<int>(rows.height * (chunk + 1) / chunks);
    this->activate_part(pass, n, begin, end, own);
    for (int first = begin; first < end; first += rows.band()) {
      T* out = to.at(n) + int64_t{first} * rows.width * to.stride;
      for (int half = 0; half < halves(); ++half) {
        const auto k = static_cast<size_t>(half);
        multiply(half, first, std::min(rows.band(), end - first), own, out, to.stride,
                 this->finish(k));
        out += this->weights_.packed[k].outputs;
      }
    }
  });
}

template <class T>
void BandedConvolution<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) {
  const plan::Rows& rows = this->rows_;
  const int64_t channels = this->norm_.channels();
  this->activate(pass, n, own);
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int count = std::min(rows.band(), rows.height - first);
    T* out = this->norm_.raw(pass).at(n) + int64_t{first} * rows.width * channels;
    int64_t column = 0;
    for (int half = 0; half < halves(); ++half) {
      multiply(half, first, count, own, out + column, channels,
               kernels::Finish<T>{.ahead = &own.ahead});
      column += this->weights_.packed[half].outputs;
    }
    this->norm_.add_pixels(out, int64_t{count} * rows.width, n, first == 0);
  }
}

template class BandedConvolution<float>;
template class BandedConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
