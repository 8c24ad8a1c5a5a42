// Sums of terms, value by value.

#include "nasnet/kernels/terms.h"

namespace nasnet::kernels::reference {
namespace {

float value(const Term<float>& term, int64_t pixel, int64_t channel) {
  const float x = term.x.from_pixel(pixel).data[channel];
  const Affine& affine = term.affine;
  return term.factor * (affine ? affine.scale[channel] * x + affine.shift[channel] : x);
}

}  // namespace

void apply(const Term<float>& term, Size size, Pixels<float> y, Write write) {
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c)
      write_value(value(term, p, c), write, y.from_pixel(p).data[c]);
}

void combine(const Term<float>& a, const Term<float>& b, Size size, Pixels<float> y) {
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c)
      y.from_pixel(p).data[c] = value(a, p, c) + value(b, p, c);
}

void norm_gradient(Backward<float> from, NormGradient norm, Size size, Pixels<float> out) {
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c)
      out.from_pixel(p).data[c] = norm.d_scale[c] * from.d.from_pixel(p).data[c] +
                                  norm.x_scale[c] * from.x.from_pixel(p).data[c] + norm.shift[c];
}

}  // namespace nasnet::kernels::reference
