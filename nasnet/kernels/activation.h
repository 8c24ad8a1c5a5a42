#pragma once

// Batch norm and ReLU of an image on its way into a convolution, whose windows may need zeros
// around it: activated once into the nearest cache, an image serves all the windows that read it.

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// y = x, affine(x), or max(., 0) of either.
struct Activation {
  Affine affine = {};
  bool relu = false;
};

/// out = activation(in), pixel by pixel. `in`: rows that follow each other. Arithmetic is in floats
/// for maps of either type. NaN stays NaN.
void activate(Pixels<const float> in, Size size, Activation activation, Pixels<float> out);
void activate(Pixels<const Bf16> in, Size size, Activation activation, Pixels<Bf16> out);
void activate(Pixels<const Bf16> in, Size size, Activation activation, Pixels<float> out);

/// The gradient (replaced, or added to) is d where the activation of x let it pass: everywhere
/// without a ReLU, and where affine(x) is not zero or below with one. It is that of affine(x), not
/// of x: a batch norm's own gradient comes after, as it needs the sums of the batch. `x` and
/// `gradient`: rows that follow each other.
void activate_gradient(Backward<float> from, Size size, Activation activation,
                       Pixels<float> gradient, Write write);
void activate_gradient(Backward<Bf16, float> from, Size size, Activation activation,
                       Pixels<Bf16> gradient, Write write);

/// Writes zeros around an image of that size. `out`: from the border's first pixel on, rows of the
/// image's width and the border's; its pixels inside are left alone.
void clear_border(Size size, const Border& border, Pixels<float> out);

/// Both: the activated image inside a border of zeros.
void pad(Pixels<const float> in, Size size, Activation activation, const Border& border,
         Pixels<float> out);

namespace reference {
void activate(Pixels<const float> in, Size size, Activation activation, Pixels<float> out);
void activate_gradient(Backward<float> from, Size size, Activation activation,
                       Pixels<float> gradient, Write write);
void pad(Pixels<const float> in, Size size, Activation activation, const Border& border,
         Pixels<float> out);
}  // namespace reference

}  // namespace nasnet::kernels
