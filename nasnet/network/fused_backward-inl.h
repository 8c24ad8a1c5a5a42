#pragma once

#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"
#include "nasnet/network/fused_forward-inl.h"

#include "nasnet/network/fused_executor.h"

namespace nasnet::network {

/// The gradient of the raw convolution's pixels [first, first + count).
template <class T>
const T* Executor<T>::raw_gradient(const Backward& of, int64_t first, int64_t count, int64_t most,
                                   Scratch<T>& own) const {
  const int64_t channels = kernels::inner_stride<T>(of.channels);
  T* out = own.grow(own.gradient, most * channels);
  for (const NormPart& part : of.parts) {
    const View d = result_gradient(of.step, part);
    kernels::norm_gradient(d.at(of.n) + first * d.stride(), d.stride(),
                           image(of.step.raw, of.n) + first * of.channels + part.channel,
                           of.channels, count, part.channels, of.scale.data() + part.channel,
                           of.norm.b.data() + part.channel, of.norm.c.data() + part.channel,
                           out + part.channel, channels);
    fetch(d, of.n, of.last, first + most, count, of.rows.rows);
  }
  end_pairs(out, count, of.channels);
  fetch({this, of.step.raw, 0}, of.n, of.last, first + most, count, of.rows.rows);
  return out;
}

template <class T>
void Executor<T>::convolution_backward(int t) {
  const Step& one = step(t);
  StepState<T>& known = state(t);
  const NormGradient norm = norm_gradient(one, known);
  const Rows rows = rows_of(one);
  if (one.input.pending)
    prepare_gradient_sums(state(one.input.norm), stride(one.input.from.buffer));
  int64_t floats = static_cast<int64_t>(known.depthwise.size());
  for (int half = 0; half < halves(one); ++half) floats += known.convolutions[half].gradient_size();
  const int count = groups(floats);
  weight_gradients_.assign(static_cast<size_t>(count * floats), 0.0f);
  for_groups(count, [&](int group, int64_t first, int64_t last, Scratch<T>& own) {
    Backward of = {.step = one,
                   .rows = rows,
                   .state = known,
                   .norm = norm,
                   .parts = norm_parts(one),
                   .channels = stride(one.raw),
                   .gradients = &weight_gradients_[static_cast<size_t>(group * floats)],
                   .scale = norm.a,
                   .last = last};
    if (!rows.pointwise) bordered_image(rows, own);
    if (rows.depthwise) bordered_products(of, own);
    for (of.n = first; of.n < last; ++of.n) {
      for (size_t k = 0; k < of.scale.size(); ++k) of.scale[k] = norm.a[k] * factor(known, of.n);
      if (rows.pointwise) {
        pointwise_backward(of, own);
      } else if (rows.depthwise) {
        depthwise_backward(of, own);
      } else {
        patches_backward(of, own);
      }
    }
  });
  add_weight_gradients(one, known, count, floats);
}

template <class T>
void Executor<T>::pointwise_backward(const Backward& of, Scratch<T>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  for (int64_t first = 0; first < rows.rows; first += rows.tile()) {
    const int64_t count = std::min(rows.tile(), rows.rows - first);
    const T* d = raw_gradient(of, first, count, rows.tile(), own);
    const int64_t d_stride = kernels::inner_stride<T>(of.channels);
    const Matrix a = tile(step, rows, of.n, first, count, own);
    kernels::matmul_transposed(a.data, a.stride, d, d_stride, count, rows.inner, of.channels,
                               of.gradients);
    if (!step.wants_gradient) continue;
    const View into = source_gradient(step);
    T* result = into.at(of.n) + first * into.stride();
    kernels::Finish<T> finish{.accumulate = step.gradient_adds};
    if (step.input.relu) {
      finish.mask = a.data;
      finish.mask_stride = a.stride;
    }
    for (int64_t done = 0; done < count; done += kFetchPixels) {
      const int64_t some = std::min(kFetchPixels, count - done);
      fetch(source(step), of.n, of.last, first + done + rows.tile(), some, rows.rows);
      if (step.gradient_adds)
        fetch(into, of.n, of.last, first + done + rows.tile(), some, rows.rows);
      kernels::matmul(d + done * d_stride, d_stride, some, of.channels,
                      of.state.convolutions[0].backward.data(), rows.inner,
                      result + done * into.stride(), into.stride(), finish);
      if (finish.mask != nullptr) finish.mask += some * a.stride;
    }
    sum_pending(step, of.n, result, into.stride(), first, count);
  }
}

inline kernels::Part image_part(const Rows& rows) {
  return {rows.border.top, rows.border.left, rows.in.height, rows.in.width};
}

/// The gradient of a depthwise convolution's result, with the zeros that its way back wants.
template <class T>
float* Executor<T>::bordered_products(const Backward& of, Scratch<T>& own) const {
  const Rows& rows = of.rows;
  const kernels::Border border = kernels::gradient_border(rows.window, image_part(rows));
  const int64_t width = rows.width + border.left + border.right;
  float* out =
      own.grow(own.products, (rows.height + border.top + border.bottom) * width * rows.inner);
  kernels::clear_border(rows.height, rows.width, static_cast<int>(rows.inner), border, out,
                        rows.inner);
  return out;
}

template <class T>
void Executor<T>::depthwise_backward(const Backward& of, Scratch<T>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  const PackedConvolution<T>& weights = of.state.convolutions[0];
  fill_image(step, rows, of.n, 0, rows.height, own);
  const kernels::Border border = kernels::gradient_border(rows.window, image_part(rows));
  const int64_t d_row = (rows.width + border.left + border.right) * rows.inner;
  const int64_t d_stride = kernels::inner_stride<T>(of.channels);
  float* products = own.products.data() + border.top * d_row + border.left * rows.inner;
  const int64_t all = pixels(rows.in);
  for (int first = 0; first < rows.height; first += rows.band()) {
    const int count = std::min(rows.band(), rows.height - first);
    const int64_t size = int64_t{count} * rows.width;
    const T* d =
        raw_gradient(of, int64_t{first} * rows.width, size, int64_t{rows.band()} * rows.width, own);
    fetch(source(step), of.n, of.last, all + all * first / rows.height,
          (all * count + rows.height - 1) / rows.height, all);
    const Matrix a = band(rows, of.state, 0, first, count, own);
    kernels::matmul_transposed(a.data, a.stride, d, d_stride, size, rows.inner, of.channels,
                               of.gradients);
    for (int y = 0; y < count; ++y)
      kernels::matmul(d + int64_t{y} * rows.width * d_stride, d_stride, rows.width, of.channels,
                      weights.backward.data(), rows.inner, products + (first + y) * d_row,
                      rows.inner, kernels::Finish<float>{});
  }
  kernels::depthwise_weight_gradient(own.image.data(), rows.in.channels, products, rows.inner,
                                     d_row, rows.window, of.gradients + weights.gradient_size());
  if (!step.wants_gradient) return;
  kernels::Passage<T> passage;
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

template <class T>
void Executor<T>::patches_backward(const Backward& of, Scratch<T>& own) {
  const Step& step = of.step;
  const Rows& rows = of.rows;
  fill_image(step, rows, of.n, 0, rows.height, own);
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
                                 gradients);
      if (step.wants_gradient) {
        float* products = own.grow(own.products, most * rows.inner);
        kernels::matmul(d, d_stride, size, weights.outputs, weights.backward.data(), rows.inner,
                        products, rows.inner, kernels::Finish<float>{});
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

template <class T>
void Executor<T>::add_weight_gradients(const Step& step, const StepState<T>& state, int count,
                                       int64_t floats) {
  float* sum = weight_gradients_.data();
  for (int group = 1; group < count; ++group)
    kernels::apply(sum + group * floats, 1, 1, static_cast<int>(floats), Affine{}, 1.0f, sum, 1,
                   true);
  int64_t column = 0;
  for (int part = 0; part < convolution_count(step); ++part) {
    at::Tensor& weight = parameter(convolution_of(step, part));
    const bool twin = step.twin.op >= 0;
    const PackedConvolution<T>& packed = state.convolutions[twin ? 0 : part];
    unpack_gradient(sum + column, padded(packed.outputs), gradient_of(weight));
    column += twin ? weight.size(0) : 0;
    if (!twin || part == 1) sum += packed.gradient_size();
  }
  if (step.depthwise < 0) return;
  unpack_depthwise_gradient(sum, gradient_of(parameter(step.depthwise)));
}

}  // namespace nasnet::network
