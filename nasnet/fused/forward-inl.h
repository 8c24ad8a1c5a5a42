#pragma once

#include "nasnet/fused/winograd-inl.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

/// Memory for an image with its border of zeros, which nothing writes to afterwards.
template <class T>
float* PlanRunner<T>::bordered_image(const Rows& rows, Scratch<T>& own) const {
  float* out = own.grow(own.image, rows.padded_pixels() * rows.in.channels);
  kernels::clear_border(rows.in.height, rows.in.width, rows.in.channels, rows.border, out,
                        rows.in.channels);
  return out;
}

/// Fills in the image that rows [first, last) of the result read, inside the border.
template <class T>
void PlanRunner<T>::fill_image(const Step& step, const Rows& rows, int64_t n, int first, int last,
                               Scratch<T>& own) const {
  const View from = source(step);
  const int begin = rows.first_row(first), end = rows.last_row(last);
  const int64_t row = rows.padded_width() * rows.in.channels;
  kernels::activate(from.at(n) + int64_t{begin} * rows.in.width * from.stride(), from.stride(),
                    end - begin, rows.in.width, rows.in.channels, source_affine(step),
                    step.input.relu, own.image.data() + rows.inside() + begin * row,
                    rows.in.channels, row);
}

/// The whole image, which steps of a stage that read the same find ready.
template <class T>
void PlanRunner<T>::activate_image(const Step& step, const Rows& rows, int64_t n,
                                   Scratch<T>& own) const {
  const void* from = source(step).at(n);
  const auto fits = [&](const Activated& known) {
    return known.shape == rows.in && known.border == rows.border;
  };
  if (!own.activated || !fits(*own.activated)) {
    bordered_image(rows, own);
    own.activated = {rows.in, rows.border};
  }
  Activated& held = *own.activated;
  if (held.from == from && held.relu == step.input.relu) return;
  fill_image(step, rows, n, 0, rows.height, own);
  held.from = from;
  held.relu = step.input.relu;
}

/// The value that rows of pairs have more where their size is odd.
template <class T>
void end_pairs(T* rows, int64_t count, int64_t inner) {
  const int64_t stride = kernels::inner_stride<T>(inner);
  if (stride == inner) return;
  for (int64_t r = 0; r < count; ++r) rows[r * stride + inner] = T();
}

/// The rows of the matrix for result rows [first, first + count) of the image in own.image;
/// `half` is 0 or 1 for a reduction. Of a dense convolution in bf16 only.
template <class T>
typename PlanRunner<T>::Matrix PlanRunner<T>::band(const Rows& rows, const StepState<T>& state,
                                                   int half, int first, int count,
                                                   Scratch<T>& own) const {
  const int64_t channels = rows.in.channels, inner = kernels::inner_stride<T>(rows.inner);
  T* out = own.grow(own.rows, int64_t{rows.band()} * rows.width * inner);
  if (rows.depthwise) {
    kernels::DepthwiseShape window = rows.window;
    window.height = count;
    const int64_t skipped = int64_t{first} * window.stride * window.row();
    kernels::depthwise(own.image.data() + rows.first_window() + skipped * channels, channels,
                       state.depthwise.data(), window, out, inner, &own.ahead);
  } else {
    if constexpr (!kWindows)
      kernels::gather_patches(own.image.data() + rows.half_offset(half), channels, rows.patch,
                              int64_t{first} * rows.width, int64_t{count} * rows.width, out, inner);
  }
  end_pairs(out, int64_t{count} * rows.width, rows.inner);
  return {out, inner};
}

/// Multiplies result rows [first, first + count) of the image in own.image to where they lie: those
/// of a dense convolution in float32 straight from it.
template <class T>
void PlanRunner<T>::multiply_band(const Rows& rows, const StepState<T>& state, int half, int first,
                                  int count, Scratch<T>& own, T* out, int64_t out_stride,
                                  const kernels::Finish<T>& finish) const {
  const PackedConvolution<T>& weights = state.convolutions[half];
  if constexpr (kWindows) {
    if (rows.patches) {
      const kernels::Taps taps{rows.taps.data(), static_cast<int64_t>(rows.taps.size()),
                               rows.tap_length};
      const float* window = own.image.data() + rows.half_offset(half) + first * rows.step_down();
      for (int y = 0; y < count; ++y, window += rows.step_down(), out += rows.width * out_stride)
        kernels::matmul(window, rows.step_right(), rows.width, taps, weights.forward.data(),
                        weights.outputs, out, out_stride, finish);
      return;
    }
  }
  const Matrix a = band(rows, state, half, first, count, own);
  kernels::matmul(a.data, a.stride, int64_t{count} * rows.width, rows.inner, weights.forward.data(),
                  weights.outputs, out, out_stride, finish);
}

/// The rows of some pixels of a 1x1 convolution.
template <class T>
typename PlanRunner<T>::Matrix PlanRunner<T>::tile(const Step& step, const Rows& rows, int64_t n,
                                                   int64_t first, int64_t count,
                                                   Scratch<T>& own) const {
  const View from = source(step);
  const T* in = from.at(n) + first * from.stride();
  const int64_t inner = kernels::inner_stride<T>(rows.inner);
  if (rows.direct && inner == rows.inner) return {in, from.stride()};
  T* out = own.grow(own.rows, rows.tile() * inner);
  kernels::activate(in, from.stride(), 1, static_cast<int>(count), rows.in.channels,
                    source_affine(step), step.input.relu, out, inner, 0);
  end_pairs(out, count, rows.inner);
  return {out, inner};
}

template <class T>
void PlanRunner<T>::pointwise_forward(const Step& step, StepState<T>& state, int64_t n,
                                      Scratch<T>& own) {
  const Rows& rows = *state.rows;
  const int64_t channels = stride(step.raw);
  T* raw = image(step.raw, n);
  for (int64_t first = 0; first < rows.rows; first += rows.tile()) {
    const int64_t count = std::min(rows.tile(), rows.rows - first);
    const Matrix a = tile(step, rows, n, first, count, own);
    kernels::matmul(a.data, a.stride, count, rows.inner, state.convolutions[0].forward.data(),
                    channels, raw + first * channels, channels,
                    kernels::Finish<T>{.ahead = &own.ahead});
    sum_pixels(state, raw + first * channels, channels, count, n, first == 0);
  }
}

template <class T>
void PlanRunner<T>::image_forward(const Step& step, StepState<T>& state, int64_t n,
                                  Scratch<T>& own) {
  const Rows& rows = *state.rows;
  if constexpr (kWindows)
    if (rows.winograd) return winograd_forward(step, state, n, own);
  const int64_t channels = stride(step.raw);
  activate_image(step, rows, n, own);
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int count = std::min(rows.band(), rows.height - first);
    const int64_t size = int64_t{count} * rows.width;
    T* out = image(step.raw, n) + int64_t{first} * rows.width * channels;
    int64_t column = 0;
    for (int half = 0; half < halves(step); ++half) {
      multiply_band(rows, state, half, first, count, own, out + column, channels,
                    kernels::Finish<T>{.ahead = &own.ahead});
      column += state.convolutions[half].outputs;
    }
    sum_pixels(state, out, channels, size, n, first == 0);
  }
}

template <class T>
void PlanRunner<T>::pack_weights(const Step& step, StepState<T>& state) {
  if (step.twin.op >= 0) {
    pack({parameter(step.convolutions[0]), parameter(step.twin.convolution)}, true,
         state.convolutions[0]);
  } else {
    for (int half = 0; half < halves(step); ++half)
      pack<T>({parameter(step.convolutions[half])}, true, state.convolutions[half]);
  }
  if (step.depthwise >= 0) pack_depthwise(parameter(step.depthwise), state.depthwise);
  if constexpr (kWindows)
    if (state.rows->winograd) transform_weights(*state.rows, state.convolutions[0]);
}

}  // namespace nasnet::fused
