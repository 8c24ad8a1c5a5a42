// Convolutions of a stage that read the same image with the same activation share it: the first one
// fills the scratch, the others find it there. The border is cleared once for all images of a
// thread.

#include "nasnet/fused/image_convolution.h"

#include <iterator>

#include "nasnet/base/check.h"
#include "nasnet/kernels/activation.h"

namespace nasnet::fused {

/// Zeros around the image, which nothing writes to afterwards.
template <class T>
void ImageConvolution<T>::clear_border(Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  NASNET_CHECK(std::ssize(own.image) >= rows.padded_pixels() * rows.in.channels,
               "the plan's scratch holds the image with its border");
  kernels::clear_border(plan::size_of(rows.in), rows.border,
                        kernels::Pixels{own.image.data(), rows.in.channels});
}

/// Fills in the rows of the image that those of the result read, inside the border.
template <class T>
void ImageConvolution<T>::fill(const PassContext<T>& pass, int64_t n, const plan::Band& band,
                               Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const int64_t first = rows.first_row(band.first);
  kernels::Size size = plan::size_of(rows.in);
  size.height = rows.last_row(band.last()) - first;
  kernels::activate(this->input_.values(pass).at(n).from_pixel(first * rows.in.width), size,
                    this->input_.activation(),
                    rows.inside(own.image.data()).from_pixel(first * rows.padded_width()));
}

/// The whole image in the scratch. What is there of the step before stays where it is the same.
template <class T>
void ImageConvolution<T>::activate(const PassContext<T>& pass, int64_t n, Scratch<T>& own) const {
  const plan::Rows& rows = this->rows_;
  const void* from = this->input_.values(pass).at(n).data;
  const auto fits = [&](const Activated& known) {
    return known.shape == rows.in && known.border == rows.border;
  };
  if (!own.activated || !fits(*own.activated)) {
    clear_border(own);
    own.activated = {rows.in, rows.border};
  }
  Activated& held = *own.activated;
  if (held.from == from && held.relu == this->input_.relu()) return;
  fill(pass, n, rows.all_rows(), own);
  held.from = from;
  held.relu = this->input_.relu();
}

/// The rows that one band reads, in inference, where a task is a part of an image.
template <class T>
void ImageConvolution<T>::activate_part(const PassContext<T>& pass, int64_t n,
                                        const plan::Band& band, Scratch<T>& own) const {
  clear_border(own);
  fill(pass, n, band, own);
}

template <class T>
kernels::Pixels<float> ImageConvolution<T>::bordered_gradient(int64_t channels,
                                                              const kernels::Border& border,
                                                              Scratch<T>& own) const {
  const kernels::Size size = {this->rows_.height, this->rows_.width, channels};
  NASNET_CHECK(std::ssize(own.products) >=
                   (size.height + border.down()) * (size.width + border.across()) * channels,
               "the plan's scratch holds the gradient with its border");
  const kernels::Pixels<float> outer = {own.products.data(), channels};
  kernels::clear_border(size, border, outer);
  return kernels::inside(outer, border, size.width);
}

template class ImageConvolution<float>;
template class ImageConvolution<kernels::Bf16>;

}  // namespace nasnet::fused
