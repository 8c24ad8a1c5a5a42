#pragma once

#include <algorithm>
#include <vector>

#include "nasnet/kernels/elementwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/winograd.h"

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

/// The transformed weights, from those that pack() made.
template <class T>
void PlanRunner<T>::transform_weights(const Rows& rows, PackedConvolution<float>& packed) const {
  const WinogradRows tiles(rows);
  const int64_t count = rows.patch.kernel_height * rows.patch.kernel_width;
  const auto transform = [&](const AlignedFloats& from, bool reverse, AlignedFloats& to) {
    const int64_t tap = static_cast<int64_t>(from.size()) / count;
    AlignedFloats taps(static_cast<size_t>(tiles.groups * tiles.taps * tap), 0.0f);
    for (int64_t k = 0; k < count; ++k)
      std::copy_n(from.data() + (reverse ? count - 1 - k : k) * tap, tap, taps.data() + k * tap);
    to.resize(static_cast<size_t>(tiles.groups * tiles.points * tap));
    kernels::winograd(kernels::Winograd::kWeights, tiles.taps, taps.data(), {tap, tiles.taps * tap},
                      to.data(), {tiles.groups * tap, tap}, {tiles.groups, 1, 1, tap});
  };
  transform(packed.forward, false, packed.winograd_forward);
  transform(packed.backward, true, packed.winograd_backward);
}

/// Convolves the transformed image with `weights`; the result is transformed, too.
inline float* multiply_points(const WinogradRows& tiles, const float* in, int64_t inputs,
                              const AlignedFloats& weights, int64_t outputs, float* out,
                              kernels::Ahead& ahead) {
  std::vector<kernels::Tap> taps;
  for (int64_t i = 0; i < tiles.groups; ++i)
    taps.push_back({i * tiles.group_rows * inputs, i * inputs});
  const int64_t point = tiles.groups * inputs * padded(outputs);
  for (int64_t p = 0; p < tiles.points; ++p)
    kernels::matmul(in + p * tiles.in_rows * inputs, inputs, tiles.rows,
                    {taps.data(), tiles.groups, inputs}, weights.data() + p * point, outputs,
                    out + p * tiles.rows * outputs, outputs,
                    kernels::Finish<float>{.ahead = &ahead});
  return out;
}

/// The transformed image, with its border: `channels` a pixel.
inline float* transform_image(const WinogradRows& tiles, const float* image, int64_t channels,
                              int64_t line, float* out) {
  kernels::winograd(kernels::Winograd::kInput, tiles.taps, image, tiles.map(channels, line), out,
                    tiles.transformed(tiles.in_rows, channels), tiles.tiles(true, channels));
  return out;
}

template <class T>
void PlanRunner<T>::winograd_forward(const Step& step, StepState<T>& state, int64_t n,
                                     Scratch<float>& own) {
  const Rows& rows = *state.rows;
  const int64_t inputs = rows.in.channels, outputs = stride(step.raw);
  const WinogradRows tiles(rows);
  activate_image(step, rows, n, own);
  const float* in = transform_image(tiles, own.image.data(), inputs, rows.padded_width() * inputs,
                                    own.grow(own.back, tiles.points * tiles.in_rows * inputs));
  const float* products =
      multiply_points(tiles, in, inputs, state.convolutions[0].winograd_forward, outputs,
                      own.grow(own.transformed, tiles.points * tiles.rows * outputs), own.ahead);
  float* out = image(step.raw, n);
  kernels::winograd(kernels::Winograd::kOutput, tiles.taps, products,
                    tiles.transformed(tiles.rows, outputs), out,
                    tiles.map(outputs, rows.width * outputs), tiles.tiles(false, outputs));
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int64_t count = int64_t{std::min(rows.band(), rows.height - first)} * rows.width;
    sum_pixels(state, out + int64_t{first} * rows.width * outputs, outputs, count, n, first == 0);
  }
}

/// The gradient of the result has the border of the image: that of the input is a convolution of
/// it.
template <class T>
void PlanRunner<T>::winograd_backward(const Backward& of, Scratch<float>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  const WinogradRows tiles(rows);
  const PackedConvolution<T>& weights = of.state.convolutions[0];
  const int64_t inputs = rows.in.channels, outputs = of.channels;
  activate_image(step, rows, of.n, own);
  const int64_t d_row = rows.padded_width() * outputs;
  float* inside = bordered_gradient(rows, outputs, rows.border, own);
  for (int y = 0; y < rows.height; ++y)
    write_raw_gradient(of, int64_t{y} * rows.width, rows.width, inside + y * d_row);
  const int64_t most = tiles.points * std::max(inputs, outputs);
  float* in = own.grow(own.back, most * tiles.in_rows);
  float* products = own.grow(own.transformed, most * tiles.rows);
  transform_image(tiles, own.image.data(), inputs, rows.padded_width() * inputs, in);
  kernels::winograd(kernels::Winograd::kGradient, tiles.taps, inside, tiles.map(outputs, d_row),
                    products, tiles.transformed(tiles.rows, outputs), tiles.tiles(false, outputs));
  float* gradients = of.gradients;
  for (int64_t p = 0; p < tiles.points; ++p)
    for (int64_t i = 0; i < tiles.groups; ++i, gradients += inputs * padded(outputs))
      kernels::matmul_transposed(in + (p * tiles.in_rows + i * tiles.group_rows) * inputs, inputs,
                                 products + p * tiles.rows * outputs, outputs, tiles.rows, inputs,
                                 outputs, gradients, &own.ahead);
  if (!step.wants_gradient) return;
  transform_image(tiles, own.products.data(), outputs, d_row, in);
  multiply_points(tiles, in, outputs, weights.winograd_backward, inputs, products, own.ahead);
  float* back = own.grow(own.products, pixels(rows.in) * inputs);  // in the place of d
  kernels::winograd(kernels::Winograd::kOutput, tiles.taps, products,
                    tiles.transformed(tiles.rows, inputs), back,
                    tiles.map(inputs, rows.width * inputs), tiles.tiles(false, inputs));
  const View from = source(step), into = source_gradient(step);
  kernels::unpad(back, inputs, rows.in.height, rows.in.width, rows.in.channels, from.at(of.n),
                 from.stride(), source_affine(step), step.input.relu, {}, into.at(of.n),
                 into.stride(), step.gradient_adds);
  sum_pending(step, of.n, into.at(of.n), into.stride(), 0, pixels(rows.in));
}

/// From the gradient of the transformed weights.
template <class T>
AlignedFloats PlanRunner<T>::weights_from_winograd(const Rows& rows, const float* gradient,
                                                   int64_t tap) const {
  const WinogradRows tiles(rows);
  AlignedFloats taps(static_cast<size_t>(tiles.groups * tiles.taps * tap));
  kernels::winograd(kernels::Winograd::kWeightGradient, tiles.taps, gradient,
                    {tiles.groups * tap, tap}, taps.data(), {tap, tiles.taps * tap},
                    {tiles.groups, 1, 1, tap});
  return taps;
}

}  // namespace nasnet::fused
