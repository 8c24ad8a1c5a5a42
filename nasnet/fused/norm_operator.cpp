// A norm by itself is a step of all that ends a convolution, on the value that it reads.

#include "nasnet/fused/norm_operator.h"

#include <cmath>

#include "nasnet/kernels/activation.h"
#include "nasnet/kernels/terms.h"

namespace nasnet::fused {

/// y = gamma / s x + beta - mean gamma / s, with s the moving deviation.
template <class T>
void NormOperator<T>::take_parameters(const PassContext<T>& pass) {
  const int norm = this->of_.step.op;
  const int64_t channels = this->size().channels;
  const int64_t wide = kernels::padded(channels) + kernels::kLanes;
  scale_.assign(wide, 0.0f);
  shift_.assign(wide, 0.0f);
  const bool bias = this->of_.op().kind == graph::OperatorKind::kBias;
  for (int64_t c = 0; c < channels; ++c) {
    if (bias) {
      scale_[c] = 1.0f;
      shift_[c] = pass.values(norm)[c];
      continue;
    }
    const double factor = pass.values(norm)[c] /
                          std::sqrt(pass.values(norm, 3)[c] + pass.graph.recipe.batch_norm_epsilon);
    scale_[c] = static_cast<float>(factor);
    shift_[c] = static_cast<float>(pass.values(norm, 1)[c] - pass.values(norm, 2)[c] * factor);
  }
}

template <class T>
void NormOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>&) {
  const kernels::Size size = this->size();
  const kernels::Pixels<T> x = this->input_.values(pass).at(n);
  if (pass.plan.training) {
    kernels::apply({.x = x}, size, this->norm_.raw(pass).at(n), kernels::Write::kReplace);
    this->norm_.add_pixels(pass, n, {0, size.pixels()});
    return;
  }
  const kernels::Affine affine = {scale_.data(), shift_.data()};
  const kernels::Pixels<T> out = this->result(pass, 0).at(n);
  if (this->of_.step.output.buffer < 0) {  // its ReLU reads it alone
    kernels::activate(x, size, {.affine = affine, .relu = true}, out);
  } else {
    kernels::apply({.x = x, .affine = affine}, size, out, this->write());
  }
}

template <class T>
void NormOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float*) {
  if (!this->input_.wants_gradient()) return;
  const plan::Rows& rows = this->rows_;
  const int64_t channels = this->norm_.channels();
  const float* scale = this->gradient_scale(n, own);
  const kernels::Pixels d = {own.gradient.data(), kernels::inner_stride<T>(channels)};
  const kernels::Pixels<T> into = this->input_.gradient(pass).at(n);
  rows.for_bands(rows.all_rows(), [&](const plan::Band& band) {
    const kernels::PixelRange pixels = rows.pixels_of(band);
    this->norm_.raw_gradient(pass, n, scale, pixels, d);
    kernels::apply({.x = d}, {.width = pixels.count, .channels = channels},
                   into.from_pixel(pixels.first), this->input_.gradient_write());
  });
}

template class NormOperator<float>;
template class NormOperator<kernels::Bf16>;

}  // namespace nasnet::fused
