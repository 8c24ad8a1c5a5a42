#pragma once

#include "nasnet/fused/forward-inl.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

/// The gradient of the raw convolution's pixels [first, first + count).
template <class T>
void PlanRunner<T>::write_raw_gradient(const Backward& of, int64_t first, int64_t count,
                                       T* out) const {
  const int64_t channels = kernels::inner_stride<T>(of.channels);
  for (const NormPart& part : of.parts) {
    const View d = result_gradient(of.step, part);
    kernels::norm_gradient(d.at(of.n) + first * d.stride(), d.stride(),
                           image(of.step.raw, of.n) + first * of.channels + part.channel,
                           of.channels, count, part.channels, of.scale.data() + part.channel,
                           of.state.norm_gradient.b.data() + part.channel,
                           of.state.norm_gradient.c.data() + part.channel, out + part.channel,
                           channels);
  }
  end_pairs(out, count, of.channels);
}

template <class T>
const T* PlanRunner<T>::raw_gradient(const Backward& of, int64_t first, int64_t count, int64_t most,
                                     Scratch<T>& own) const {
  T* out = own.grow(own.gradient, most * kernels::inner_stride<T>(of.channels));
  write_raw_gradient(of, first, count, out);
  return out;
}

/// Where the image lies in what the depthwise windows read.
inline kernels::Part image_part(const Rows& rows) {
  return {rows.window_border.top, rows.window_border.left, rows.in.height, rows.in.width};
}

/// Memory for a gradient of the result's pixels, of `channels` each, with zeros around it: its
/// first pixel.
template <class T>
float* PlanRunner<T>::bordered_gradient(const Rows& rows, int64_t channels,
                                        const kernels::Border& border, Scratch<T>& own) const {
  const int64_t row = (rows.width + border.left + border.right) * channels;
  float* d = own.grow(own.products, (rows.height + border.top + border.bottom) * row);
  kernels::clear_border(rows.height, rows.width, static_cast<int>(channels), border, d, channels);
  return d + border.top * row + border.left * channels;
}

/// The way back of a step: its gradient of the weights begins at `first` of its stage's.
template <class T>
typename PlanRunner<T>::Backward PlanRunner<T>::way_back(int t, int64_t first) const {
  const Step& one = step(t);
  const StepState<T>& known = state(t);
  int64_t floats = static_cast<int64_t>(known.depthwise.size());
  for (int half = 0; half < halves(one); ++half)
    floats += weight_gradient_size(*known.rows, known.convolutions[half]);
  return {.step = one,
          .state = known,
          .rows = *known.rows,
          .parts = norm_parts(one),
          .channels = stride(one.raw),
          .first = first,
          .floats = floats,
          .scale = known.norm_gradient.a};
}

template <class T>
void PlanRunner<T>::convolution_backward(Backward& of, int64_t n, Scratch<T>& own) {
  of.n = n;
  for (size_t k = 0; k < of.scale.size(); ++k)
    of.scale[k] = of.state.norm_gradient.a[k] * factor(of.state, n);
  if (of.rows.pointwise) {
    pointwise_backward(of, own);
  } else if (of.rows.depthwise) {
    depthwise_backward(of, own);
  } else if constexpr (kWindows) {
    if (of.rows.winograd) {
      winograd_backward(of, own);
    } else {
      windows_backward(of, own);
    }
  } else {
    patches_backward(of, own);
  }
}

template <class T>
void PlanRunner<T>::pointwise_backward(const Backward& of, Scratch<T>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  for (int64_t first = 0; first < rows.rows; first += rows.tile()) {
    const int64_t count = std::min(rows.tile(), rows.rows - first);
    const T* d = raw_gradient(of, first, count, rows.tile(), own);
    const int64_t d_stride = kernels::inner_stride<T>(of.channels);
    const Matrix a = tile(step, rows, of.n, first, count, own);
    kernels::matmul_transposed(a.data, a.stride, d, d_stride, count, rows.inner, of.channels,
                               of.gradients, &own.ahead);
    if (!step.wants_gradient) continue;
    const View into = source_gradient(step);
    T* result = into.at(of.n) + first * into.stride();
    kernels::Finish<T> finish{.accumulate = step.gradient_adds, .ahead = &own.ahead};
    if (step.input.relu) {
      finish.mask = a.data;
      finish.mask_stride = a.stride;
    }
    kernels::matmul(d, d_stride, count, of.channels, of.state.convolutions[0].backward.data(),
                    rows.inner, result, into.stride(), finish);
    sum_pending(step, of.n, result, into.stride(), first, count);
  }
}

template <class T>
void PlanRunner<T>::depthwise_backward(const Backward& of, Scratch<T>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  const PackedConvolution<T>& weights = of.state.convolutions[0];
  activate_image(step, rows, of.n, own);
  const kernels::Border border = kernels::gradient_border(rows.window, image_part(rows));
  const int64_t d_row = (rows.width + border.left + border.right) * rows.inner;
  const int64_t d_stride = kernels::inner_stride<T>(of.channels);
  float* products = bordered_gradient(rows, rows.inner, border, own);
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int count = std::min(rows.band(), rows.height - first);
    const int64_t size = int64_t{count} * rows.width;
    const T* d =
        raw_gradient(of, int64_t{first} * rows.width, size, int64_t{rows.band()} * rows.width, own);
    const Matrix a = band(rows, of.state, 0, first, count, own);
    kernels::matmul_transposed(a.data, a.stride, d, d_stride, size, rows.inner, of.channels,
                               of.gradients, &own.ahead);
    for (int y = 0; y < count; ++y)
      kernels::matmul(d + int64_t{y} * rows.width * d_stride, d_stride, rows.width, of.channels,
                      weights.backward.data(), rows.inner, products + (first + y) * d_row,
                      rows.inner, kernels::Finish<float>{.ahead = &own.ahead});
  }
  kernels::depthwise_weight_gradient(own.image.data() + rows.first_window(), rows.in.channels,
                                     products, rows.inner, d_row, rows.window,
                                     of.gradients + weights.gradient_size());
  if (!step.wants_gradient) return;
  kernels::Passage<T> passage{.ahead = &own.ahead};
  if (step.input.relu) {
    passage.activated = own.image.data() + rows.inside();
    passage.activated_stride = rows.in.channels;
    passage.activated_row = rows.padded_width() * rows.in.channels;
  }
  if (step.input.pending) {
    StepState<T>& read = state(step.input.norm);
    const View raw = source(step);
    passage.raw = raw.at(of.n);
    passage.raw_stride = raw.stride();
    passage.origin = read.norm.origin.data();
    passage.sum = &read.gradient_sums[static_cast<size_t>(of.n * 2 * rows.in.channels)];
    passage.product = passage.sum + rows.in.channels;
  }
  const View into = source_gradient(step);
  kernels::depthwise_input_gradient(products, rows.inner, of.state.depthwise.data(), rows.window,
                                    image_part(rows), passage, into.at(of.n), into.stride(),
                                    step.gradient_adds);
}

/// A dense convolution in float32: both gradients are products straight over the image and over the
/// gradient of the result, each with its border. The weights' are taken band by band, tap by tap,
/// while the gradient is near; the input's is a convolution of that gradient, and is written once.
template <class T>
void PlanRunner<T>::windows_backward(const Backward& of, Scratch<float>& own) {
  const Rows& rows = of.rows;
  activate_image(of.step, rows, of.n, own);
  std::vector<WindowsBack> back;
  kernels::Border border;
  for (int half = 0; half < halves(of.step); ++half) {
    back.emplace_back(rows, half, of.state.convolutions[half].outputs, of.channels);
    border = kernels::around(border, back.back().border());
  }
  const int64_t d_row = (rows.width + border.left + border.right) * of.channels;
  float* d = bordered_gradient(rows, of.channels, border, own);
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int count = std::min(rows.band(), rows.height - first);
    for (int y = first; y < first + count; ++y)
      write_raw_gradient(of, int64_t{y} * rows.width, rows.width, d + y * d_row);
    const float* part = d + first * d_row;
    float* gradients = of.gradients;
    for (int half = 0; half < halves(of.step); ++half) {
      const PackedConvolution<T>& weights = of.state.convolutions[half];
      const float* window = own.image.data() + rows.half_offset(half) + first * rows.step_down();
      for (const kernels::Tap& tap : rows.taps)
        kernels::matmul_transposed(window + tap.offset, rows.step_right(), part, of.channels,
                                   rows.width, {count, rows.step_down(), d_row}, rows.tap_length,
                                   weights.outputs, gradients + tap.row * padded(weights.outputs),
                                   &own.ahead);
      gradients += weights.gradient_size();
      part += weights.outputs;
    }
  }
  if (of.step.wants_gradient) windows_input_gradient(of, back, d, d_row, own);
}

template <class T>
void PlanRunner<T>::windows_input_gradient(const Backward& of, const std::vector<WindowsBack>& back,
                                           const float* d, int64_t d_row, Scratch<float>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  const View into = source_gradient(step);
  const int channels = rows.in.channels, down = rows.patch.stride_height,
            across = rows.patch.stride_width;
  for (int x = 0; x < across; ++x)
    for (int phase = 0; phase < down; ++phase) {
      // No pixel is read by both halves of a reduction.
      size_t half = back.size() - 1;
      std::vector<kernels::Tap> taps = back[half].taps(phase, x, d_row);
      if (taps.empty() && half == 1) taps = back[--half].taps(phase, x, d_row);
      const PackedConvolution<T>& weights = of.state.convolutions[half];
      const float* from = d + (half == 1 ? of.state.convolutions[0].outputs : 0);
      for (int y = phase; y < rows.in.height; y += down, from += d_row) {
        kernels::Finish<float> finish{.accumulate = step.gradient_adds, .ahead = &own.ahead};
        if (step.input.relu) {
          finish.mask = own.image.data() + rows.inside() + (y * rows.padded_width() + x) * channels;
          finish.mask_stride = int64_t{across} * channels;
        }
        kernels::matmul(from, of.channels, (rows.in.width - x + across - 1) / across,
                        {taps.data(), static_cast<int64_t>(taps.size()), weights.outputs},
                        weights.backward.data(), channels,
                        into.at(of.n) + (int64_t{y} * rows.in.width + x) * into.stride(),
                        across * into.stride(), finish);
      }
    }
  sum_pending(step, of.n, into.at(of.n), into.stride(), 0, pixels(rows.in));
}

/// A dense convolution in bf16.
template <class T>
void PlanRunner<T>::patches_backward(const Backward& of, Scratch<T>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  activate_image(step, rows, of.n, own);
  const int64_t back_floats = rows.padded_pixels() * rows.in.channels;
  float* back = own.grow(own.back, back_floats);
  std::fill_n(back, back_floats, 0.0f);
  const int64_t d_stride = kernels::inner_stride<T>(of.channels);
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int count = std::min(rows.band(), rows.height - first);
    const int64_t begin = int64_t{first} * rows.width, size = int64_t{count} * rows.width;
    const int64_t most = int64_t{rows.band()} * rows.width;
    const T* d = raw_gradient(of, begin, size, most, own);
    float* gradients = of.gradients;
    for (int half = 0; half < halves(step); ++half) {
      const PackedConvolution<T>& weights = of.state.convolutions[half];
      const Matrix a = band(rows, of.state, half, first, count, own);
      kernels::matmul_transposed(a.data, a.stride, d, d_stride, size, rows.inner, weights.outputs,
                                 gradients, &own.ahead);
      if (step.wants_gradient) {
        float* products = own.grow(own.products, most * rows.inner);
        kernels::matmul(d, d_stride, size, weights.outputs, weights.backward.data(), rows.inner,
                        products, rows.inner, kernels::Finish<float>{.ahead = &own.ahead});
        kernels::scatter_patches(products, rows.inner, rows.patch, begin, size,
                                 back + half * (rows.patch.padded_width + 1) * rows.in.channels,
                                 rows.in.channels);
      }
      gradients += weights.gradient_size();
      d += weights.outputs;
    }
  }
  if (!step.wants_gradient) return;
  const View from = source(step), into = source_gradient(step);
  kernels::unpad(back, rows.in.channels, rows.in.height, rows.in.width, rows.in.channels,
                 from.at(of.n), from.stride(), source_affine(step), step.input.relu, rows.border,
                 into.at(of.n), into.stride(), step.gradient_adds);
  sum_pending(step, of.n, into.at(of.n), into.stride(), 0, pixels(rows.in));
}

/// `sum`: the gradients of the stage's weights, of all groups.
template <class T>
void PlanRunner<T>::add_weight_gradients(const Backward& of, const float* sum) {
  const Step& step = of.step;
  sum += of.first;
  int64_t column = 0;
  for (int part = 0; part < convolution_count(step); ++part) {
    const int convolution = convolution_of(step, part);
    const TensorView& weight = parameter(convolution);
    const bool twin = step.twin.op >= 0;
    const PackedConvolution<T>& packed = of.state.convolutions[twin ? 0 : part];
    const float* gradient = sum;
    AlignedFloats plain;
    if constexpr (kWindows)
      if (of.rows.winograd) {
        plain = weights_from_winograd(of.rows, sum, of.rows.in.channels * padded(packed.outputs));
        gradient = plain.data();
      }
    unpack_gradient(gradient + column, padded(packed.outputs), weight,
                    parameter_gradient(convolution));
    column += twin ? weight.shape[0] : 0;
    if (!twin || part == 1) sum += weight_gradient_size(of.rows, packed);
  }
  if (step.depthwise < 0) return;
  unpack_depthwise_gradient(sum, parameter(step.depthwise), parameter_gradient(step.depthwise));
}

}  // namespace nasnet::fused
