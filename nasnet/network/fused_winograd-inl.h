#pragma once

#include <vector>

#include "nasnet/kernels/elementwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/winograd.h"

#include "nasnet/network/fused_executor.h"

namespace nasnet::network {

/// The transformed weights, from those that pack() made.
template <class T>
void Executor<T>::transform_weights(const Rows& rows, PackedConvolution<float>& packed) const {
  const WinogradRows tiles(rows);
  const auto transform = [&](const AlignedFloats& from, bool reverse, AlignedFloats& to) {
    const int64_t all = static_cast<int64_t>(from.size());
    const int64_t tap = all / (tiles.taps * kernels::kWinogradTaps);
    to.resize(static_cast<size_t>(tap * tiles.taps * kernels::kWinogradPoints));
    const int64_t way = reverse ? -tap : tap;
    kernels::winograd(kernels::Winograd::kWeights, from.data() + (reverse ? all - tap : 0),
                      {way, kernels::kWinogradTaps * way}, to.data(), {tiles.taps * tap, tap},
                      {tiles.taps, 1, 1, tap});
  };
  transform(packed.forward, false, packed.winograd_forward);
  transform(packed.backward, true, packed.winograd_backward);
}

/// What the convolution with `weights` makes of the transformed image in own.back, transformed, in
/// own.transformed.
inline float* multiply_points(const WinogradRows& tiles, const float* in, int64_t inputs,
                              const AlignedFloats& weights, int64_t outputs, float* out) {
  std::vector<kernels::Tap> taps;
  for (int64_t i = 0; i < tiles.taps; ++i)
    taps.push_back({i * tiles.tap_rows * inputs, i * inputs});
  const int64_t point = tiles.taps * inputs * padded(outputs);
  for (int64_t p = 0; p < kernels::kWinogradPoints; ++p)
    kernels::matmul(in + p * tiles.in_rows * inputs, inputs, tiles.rows,
                    {taps.data(), tiles.taps, inputs}, weights.data() + p * point, outputs,
                    out + p * tiles.rows * outputs, outputs, kernels::Finish<float>{});
  return out;
}

/// The transformed image, with its border: `channels` a pixel.
inline float* transform_image(const WinogradRows& tiles, const float* image, int64_t channels,
                              int64_t line, float* out) {
  kernels::winograd(kernels::Winograd::kInput, image, tiles.map(channels, line), out,
                    tiles.points(tiles.in_rows, channels), tiles.tiles(true, channels));
  return out;
}

template <class T>
void Executor<T>::winograd_forward(const Step& step, const Rows& rows, const StepState<T>& state,
                                   int64_t n, int64_t last, Scratch<float>& own) {
  const int64_t inputs = rows.in.channels, outputs = stride(step.raw);
  const WinogradRows tiles(rows);
  fill_image(step, rows, n, 0, rows.height, own);
  fetch(source(step), n, last, pixels(rows.in), pixels(rows.in), pixels(rows.in));
  const float* in =
      transform_image(tiles, own.image.data(), inputs, rows.padded_width() * inputs,
                      own.grow(own.back, kernels::kWinogradPoints * tiles.in_rows * inputs));
  const float* products =
      multiply_points(tiles, in, inputs, state.convolutions[0].winograd_forward, outputs,
                      own.grow(own.transformed, kernels::kWinogradPoints * tiles.rows * outputs));
  float* out = image(step.raw, n);
  kernels::winograd(kernels::Winograd::kOutput, products, tiles.points(tiles.rows, outputs), out,
                    tiles.map(outputs, rows.width * outputs), tiles.tiles(false, outputs));
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int64_t count = int64_t{std::min(rows.band(), rows.height - first)} * rows.width;
    sum_pixels(out + int64_t{first} * rows.width * outputs, outputs, count, n, first == 0);
  }
}

/// `d`: the gradient of the result, with its border; `inside`: its first pixel.
template <class T>
void Executor<T>::winograd_backward(const Backward& of, const float* d, const float* inside,
                                    int64_t d_row, Scratch<float>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  const WinogradRows tiles(rows);
  const PackedConvolution<T>& weights = of.state.convolutions[0];
  const int64_t inputs = rows.in.channels, outputs = of.channels;
  const int64_t most = kernels::kWinogradPoints * std::max(inputs, outputs);
  float* in = own.grow(own.back, most * tiles.in_rows);
  float* products = own.grow(own.transformed, most * tiles.rows);
  transform_image(tiles, own.image.data(), inputs, rows.padded_width() * inputs, in);
  kernels::winograd(kernels::Winograd::kGradient, inside, tiles.map(outputs, d_row), products,
                    tiles.points(tiles.rows, outputs), tiles.tiles(false, outputs));
  float* gradients = of.gradients;
  for (int64_t p = 0; p < kernels::kWinogradPoints; ++p)
    for (int64_t i = 0; i < tiles.taps; ++i, gradients += inputs * padded(outputs))
      kernels::matmul_transposed(in + (p * tiles.in_rows + i * tiles.tap_rows) * inputs, inputs,
                                 products + p * tiles.rows * outputs, outputs, tiles.rows, inputs,
                                 outputs, gradients);
  if (!step.wants_gradient) return;
  transform_image(tiles, d, outputs, d_row, in);
  multiply_points(tiles, in, outputs, weights.winograd_backward, inputs, products);
  float* back = own.grow(own.products, pixels(rows.in) * inputs);  // in the place of d
  kernels::winograd(kernels::Winograd::kOutput, products, tiles.points(tiles.rows, inputs), back,
                    tiles.map(inputs, rows.width * inputs), tiles.tiles(false, inputs));
  const View from = source(step), into = source_gradient(step);
  kernels::unpad(back, inputs, rows.in.height, rows.in.width, rows.in.channels, from.at(of.n),
                 from.stride(), source_affine(step), step.input.relu, {}, into.at(of.n),
                 into.stride(), step.gradient_adds);
  sum_pending(step, of.n, into.at(of.n), into.stride(), 0, pixels(rows.in));
}

/// From the gradient of the transformed weights.
template <class T>
void Executor<T>::weights_from_winograd(const Rows& rows, const float* gradient,
                                        AlignedFloats& out) const {
  const WinogradRows tiles(rows);
  const int64_t all = static_cast<int64_t>(out.size());
  const int64_t tap = all / (tiles.taps * kernels::kWinogradTaps);
  kernels::winograd(kernels::Winograd::kWeightGradient, gradient, {tiles.taps * tap, tap},
                    out.data(), {tap, kernels::kWinogradTaps * tap}, {tiles.taps, 1, 1, tap});
}

}  // namespace nasnet::network
