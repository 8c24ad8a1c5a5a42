#pragma once

// Terms of sums: copies, the scaled and shifted results of batch norms, drop-path's factors,
// written or added to a map; and a batch norm's gradient, which is such a sum of its own.

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// A value on its way to a sum: factor * affine(x).
template <class T>
struct Term {
  Pixels<const T> x;
  Affine affine = {};
  float factor = 1;
};

/// y is replaced by the term, or the term is added to it. Rows follow each other in all maps here;
/// arithmetic is in floats.
void apply(const Term<float>& term, Size size, Pixels<float> y, Write write);
void apply(const Term<Bf16>& term, Size size, Pixels<Bf16> y, Write write);

/// y = a + b, in one pass over the memory.
void combine(const Term<float>& a, const Term<float>& b, Size size, Pixels<float> y);
void combine(const Term<Bf16>& a, const Term<Bf16>& b, Size size, Pixels<Bf16> y);

/// The gradient through a batch norm is d_scale d + x_scale x + shift by channel, where d is the
/// gradient of its result and x its input (Ioffe & Szegedy 2015, section 3). Each has
/// padded(channels) floats.
struct NormGradient {
  const float* d_scale = nullptr;
  const float* x_scale = nullptr;
  const float* shift = nullptr;

  NormGradient from_channel(int64_t channel) const {
    return {d_scale + channel, x_scale + channel, shift + channel};
  }
};
void norm_gradient(Backward<float> from, NormGradient norm, Size size, Pixels<float> out);
void norm_gradient(Backward<Bf16> from, NormGradient norm, Size size, Pixels<Bf16> out);

namespace reference {
void apply(const Term<float>& term, Size size, Pixels<float> y, Write write);
void combine(const Term<float>& a, const Term<float>& b, Size size, Pixels<float> y);
void norm_gradient(Backward<float> from, NormGradient norm, Size size, Pixels<float> out);
}  // namespace reference

}  // namespace nasnet::kernels
