// Transform, multiply point by point, transform back (kernels/winograd.h); the weights once a step,
// their gradient too. Points are products of matrices of their own, so that all the arithmetic but
// the transforms is that of matmul.

#include "nasnet/fused/winograd_convolution.h"

#include <algorithm>
#include <vector>

#include "nasnet/kernels/winograd.h"

namespace nasnet::fused {

using kernels::AlignedFloats;
using kernels::padded;
using kernels::winograd;
using kernels::Winograd;

WinogradConvolution::WinogradConvolution(const StepOf& of, BatchNorm<float>* read,
                                         const plan::Rows& rows)
    : ImageConvolution<float>(of, read, rows), tiles_(rows) {}

void WinogradConvolution::prepare_forward(const PassContext<float>& pass) {
  ImageConvolution<float>::prepare_forward(pass);
  transform_weights(weights_.packed[0].forward, Order::kAsTheyAre, forward_);
  transform_weights(weights_.packed[0].backward, Order::kReverse, backward_);
}

/// The weights as points; in reverse order for the way back, which goes over the kernel from its
/// last tap to the first.
void WinogradConvolution::transform_weights(const AlignedFloats& from, Order order,
                                            AlignedFloats& to) const {
  const int64_t count = rows_.patch.kernel_height * rows_.patch.kernel_width;
  const int64_t tap = std::ssize(from) / count;
  // Zeros where the kernel has fewer taps than its groups hold.
  AlignedFloats taps(tiles_.groups * tiles_.taps * tap, 0.0f);
  for (int64_t k = 0; k < count; ++k)
    std::copy_n(from.data() + (order == Order::kReverse ? count - 1 - k : k) * tap, tap,
                taps.data() + k * tap);
  to.resize(tiles_.groups * tiles_.points * tap);
  winograd(Winograd::kWeights, tiles_.taps, {taps.data(), tap_lattice(tap)},
           {to.data(), point_lattice(tap)}, {.rows = tiles_.groups, .channels = tap});
}

/// Floats between the taps of a group of packed weights, and between its points once transformed;
/// `tap`: floats of a tap.
kernels::Lattice WinogradConvolution::tap_lattice(int64_t tap) const {
  return {.step = tap, .row = tiles_.taps * tap};
}
kernels::Lattice WinogradConvolution::point_lattice(int64_t tap) const {
  return {.step = tiles_.groups * tap, .row = tap};
}

/// With its border, `channels` a pixel.
void WinogradConvolution::transform_image(const float* image, int64_t channels, float* out) const {
  winograd(Winograd::kInput, tiles_.taps,
           {image, tiles_.map(channels, rows_.padded_width() * channels)},
           {out, tiles_.transformed(tiles_.in_rows, channels)}, tiles_.image_tiles(channels));
}

void WinogradConvolution::transform_result(const float* products, int64_t channels,
                                           float* out) const {
  winograd(Winograd::kOutput, tiles_.taps, {products, tiles_.transformed(tiles_.rows, channels)},
           {out, tiles_.map(channels, rows_.width * channels)}, tiles_.result_tiles(channels));
}

/// Convolves the transformed image with `weights`; the result is transformed, too.
void WinogradConvolution::multiply_points(const float* in, const AlignedFloats& weights,
                                          Channels channels, float* out,
                                          kernels::Ahead& ahead) const {
  std::vector<kernels::Tap> taps;
  for (int64_t i = 0; i < tiles_.groups; ++i)
    taps.push_back({.offset = i * tiles_.group_rows * channels.in, .row = i * channels.in});
  const int64_t point = tiles_.groups * channels.in * padded(channels.out);
  for (int64_t p = 0; p < tiles_.points; ++p)
    kernels::matmul({in + p * tiles_.in_rows * channels.in, channels.in},
                    {taps.data(), tiles_.groups, channels.in}, weights.data() + p * point,
                    {.rows = tiles_.rows, .columns = channels.out},
                    {out + p * tiles_.rows * channels.out, channels.out}, {.ahead = &ahead});
}

void WinogradConvolution::forward(const PassContext<float>& pass, int64_t n, Scratch<float>& own) {
  const int64_t inputs = rows_.in.channels, outputs = norm_.channels();
  activate(pass, n, own);
  transform_image(own.image.data(), inputs, own.back.data());
  multiply_points(own.back.data(), forward_, {.in = inputs, .out = outputs}, own.transformed.data(),
                  own.ahead);
  transform_result(own.transformed.data(), outputs, norm_.raw(pass).at(n).data);
  rows_.for_bands(rows_.all_rows(), [&](const plan::Band& band) {
    norm_.add_pixels(pass, n, rows_.pixels_of(band));
  });
}

/// The gradient of the result has the border of the image: that of the input is a convolution of
/// it.
void WinogradConvolution::backward(const PassContext<float>& pass, int64_t n, Scratch<float>& own,
                                   float* weights) {
  const int64_t inputs = rows_.in.channels, outputs = norm_.channels();
  const float* scale = gradient_scale(n, own);
  activate(pass, n, own);
  const kernels::Pixels<float> d = bordered_gradient(outputs, rows_.border, own);
  for (int y = 0; y < rows_.height; ++y)
    norm_.raw_gradient(pass, n, scale, rows_.pixels_of({y, 1}), d.from_row(y));
  float* const in = own.back.data();
  float* const products = own.transformed.data();
  transform_image(own.image.data(), inputs, in);
  winograd(Winograd::kGradient, tiles_.taps, {d.data, tiles_.map(outputs, d.row)},
           {products, tiles_.transformed(tiles_.rows, outputs)}, tiles_.result_tiles(outputs));
  for (int64_t p = 0; p < tiles_.points; ++p)
    for (int64_t i = 0; i < tiles_.groups; ++i, weights += inputs * padded(outputs)) {
      // Each group of taps meets the tiles a group's rows further on.
      const int64_t first = p * tiles_.in_rows + i * tiles_.group_rows;
      kernels::matmul_transposed({.d = {products + p * tiles_.rows * outputs, outputs},
                                  .x = {in + first * inputs, inputs}},
                                 {.rows = tiles_.rows, .inner = inputs, .columns = outputs},
                                 weights, &own.ahead);
    }
  if (!input_.wants_gradient()) return;
  transform_image(own.products.data(), outputs, in);
  multiply_points(in, backward_, {.in = outputs, .out = inputs}, products, own.ahead);
  float* const back = own.products.data();  // in the place of d
  transform_result(products, inputs, back);
  kernels::activate_gradient({.d = {back, inputs}, .x = input_.values(pass).at(n)}, input_.size(),
                             input_.activation(), input_.gradient(pass).at(n),
                             input_.gradient_write());
  sum_pending(pass, n, {0, plan::pixels(rows_.in)});
}

void WinogradConvolution::finish_backward(const PassContext<float>& pass, const float* weights) {
  const int64_t tap = rows_.in.channels * padded(norm_.channels());
  AlignedFloats taps(tiles_.groups * tiles_.taps * tap);
  winograd(Winograd::kWeightGradient, tiles_.taps, {weights, point_lattice(tap)},
           {taps.data(), tap_lattice(tap)}, {.rows = tiles_.groups, .channels = tap});
  ImageConvolution<float>::finish_backward(pass, taps.data());
}

}  // namespace nasnet::fused
