#include "nasnet/fused/pointwise_convolution.h"

#include <algorithm>

namespace nasnet::fused {

/// The rows of pixels [first, first + count).
template <class T>
Matrix<T> PointwiseConvolution<T>::tile(const PassContext<T>& pass, int64_t n, int64_t first,
                                        int64_t count, Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const View<T> from = this->input_.values(pass);
  const T* in = from.at(n) + first * from.stride;
  const int64_t inner = kernels::inner_stride<T>(rows.inner);
  if (rows.direct && inner == rows.inner) return {in, from.stride};
  T* out = own.rows.data();
  kernels::activate(in, from.stride, 1, static_cast<int>(count), rows.in.channels,
                    this->input_.affine(), this->input_.relu(), out, inner, 0);
  end_pairs(out, count, rows.inner);
  return {out, inner};
}

/// With few images their rows are shared out.
template <class T>
void PointwiseConvolution<T>::infer(const PassContext<T>& pass) {
  const plan::Rows& rows = this->rows_;
  const int64_t chunks = pass.workers.parts_of_image(pass.images, rows.height);
  const size_t convolutions = this->made_.twin.op >= 0 ? 2 : 1;
  pass.workers.for_tasks(pass.images * chunks, [&](int64_t task, Scratch<T>& own) {
    const int64_t n = task / chunks, chunk = task % chunks;
    const int64_t last = rows.height * (chunk + 1) / chunks * rows.width;
    for (int64_t first = rows.height * chunk / chunks * rows.width; first < last;
         first += rows.tile()) {
      const int64_t count = std::min(rows.tile(), last - first);
      const Matrix<T> a = tile(pass, n, first, count, own);
      for (size_t k = 0; k < convolutions; ++k) {
        const PackedConvolution<T>& weights = this->weights_.packed[k];
        const View<T> to = this->result(pass, k);
        kernels::matmul(a.data, a.stride, count, rows.inner, weights.forward.data(),
                        weights.outputs, to.at(n) + first * to.stride, to.stride, this->finish(k));
      }
    }
  });
}

template <class T>
void PointwiseConvolution<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) {
  const plan::Rows& rows = this->rows_;
  const int64_t channels = this->norm_.channels();
  T* raw = this->norm_.raw(pass).at(n);
  for (int64_t first = 0; first < rows.rows; first += rows.tile()) {
    const int64_t count = std::min(rows.tile(), rows.rows - first);
    const Matrix<T> a = tile(pass, n, first, count, own);
    kernels::matmul(a.data, a.stride, count, rows.inner, this->weights_.packed[0].forward.data(),
                    channels, raw + first * channels, channels,
                    kernels::Finish<T>{.ahead = &own.ahead});
    this->norm_.add_pixels(raw + first * channels, count, n, first == 0);
  }
}

template <class T>
void PointwiseConvolution<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own,
                                       float* weights) {
  const plan::Rows& rows = this->rows_;
  const int64_t channels = this->norm_.channels();
  const float* scale = this->gradient_scale(n, own);
  T* d = own.gradient.data();
  const int64_t d_stride = kernels::inner_stride<T>(channels);
  for (int64_t first = 0; first < rows.rows; first += rows.tile()) {
    const int64_t count = std::min(rows.tile(), rows.rows - first);
    this->norm_.raw_gradient(pass, n, scale, first, count, d);
    const Matrix<T> a = tile(pass, n, first, count, own);
    kernels::matmul_transposed(a.data, a.stride, d, d_stride, count, rows.inner, channels, weights,
                               &own.ahead);
    if (!this->input_.wants_gradient()) continue;
    const View<T> into = this->input_.gradient(pass);
    kernels::Finish<T> finish{.accumulate = this->input_.gradient_adds(), .ahead = &own.ahead};
    if (this->input_.relu()) {
      finish.mask = a.data;
      finish.mask_stride = a.stride;
    }
    kernels::matmul(d, d_stride, count, channels, this->weights_.packed[0].backward.data(),
                    rows.inner, into.at(n) + first * into.stride, into.stride, finish);
    this->sum_pending(pass, n, into, first, count);
  }
}

template class PointwiseConvolution<float>;
template class PointwiseConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
