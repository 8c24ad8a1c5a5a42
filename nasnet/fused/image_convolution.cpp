#include "nasnet/fused/image_convolution.h"

#include "nasnet/kernels/elementwise.h"

namespace nasnet::fused {

/// Zeros around the image, which nothing writes to afterwards.
template <class T>
void ImageConvolution<T>::clear_border(Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  kernels::clear_border(rows.in.height, rows.in.width, rows.in.channels, rows.border,
                        own.image.data(), rows.in.channels);
}

/// Fills in the image that rows [first, last) of the result read, inside the border.
template <class T>
void ImageConvolution<T>::fill(const PassContext<T>& pass, int64_t n, int first, int last,
                               Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const View<T> from = this->input_.values(pass);
  const int begin = rows.first_row(first), end = rows.last_row(last);
  const int64_t row = rows.padded_width() * rows.in.channels;
  kernels::activate(from.at(n) + int64_t{begin} * rows.in.width * from.stride, from.stride,
                    end - begin, rows.in.width, rows.in.channels, this->input_.affine(),
                    this->input_.relu(), own.image.data() + rows.inside() + begin * row,
                    rows.in.channels, row);
}

template <class T>
void ImageConvolution<T>::activate(const PassContext<T>& pass, int64_t n, Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const void* from = this->input_.values(pass).at(n);
  const auto fits = [&](const Activated& known) {
    return known.shape == rows.in && known.border == rows.border;
  };
  if (!own.activated || !fits(*own.activated)) {
    clear_border(own);
    own.activated = {rows.in, rows.border};
  }
  Activated& held = *own.activated;
  if (held.from == from && held.relu == this->input_.relu()) return;
  fill(pass, n, 0, rows.height, own);
  held.from = from;
  held.relu = this->input_.relu();
}

template <class T>
void ImageConvolution<T>::activate_part(const PassContext<T>& pass, int64_t n, int first, int last,
                                        Scratch<T>& own) const {
  clear_border(own);
  fill(pass, n, first, last, own);
}

template <class T>
float* ImageConvolution<T>::bordered_gradient(int64_t channels, const kernels::Border& border,
                                              Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const int64_t row = (rows.width + border.left + border.right) * channels;
  float* d = own.products.data();
  kernels::clear_border(rows.height, rows.width, static_cast<int>(channels), border, d, channels);
  return d + border.top * row + border.left * channels;
}

template class ImageConvolution<float>;
template class ImageConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
