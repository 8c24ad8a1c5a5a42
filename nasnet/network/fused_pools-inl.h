#pragma once

#include "nasnet/kernels/pool.h"

#include "nasnet/network/fused_executor.h"

namespace nasnet::network {

template <class T>
kernels::PoolShape Executor<T>::pool_shape(const Step& step) const {
  const Operator& one = op(step.op);
  const Shape& in = op(step.input.op).output;
  const kernels::Border border = border_of(one, in);
  return {.channels = in.channels,
          .height = in.height,
          .width = in.width,
          .out_height = one.output.height,
          .out_width = one.output.width,
          .kernel = one.kernel_height,
          .stride = one.stride_height,
          .top = border.top,
          .left = border.left,
          .zeros = one.zeros,
          .affine = source_affine(step)};
}

/// Results that are added or scaled on their way go through the scratch.
template <class T>
void Executor<T>::pool_forward(const Step& step, StepState<T>& state) {
  const kernels::PoolShape shape = pool_shape(step);
  const View from = source(step), into = view(step.output);
  const int64_t count = pixels(op(step.op).output);
  const bool direct = !step.adds && state.factors.empty();
  const bool average = op(step.op).kind == OperatorKind::kAvgPool;
  // With few images channels are shared out, whole vectors of them.
  const int64_t vectors = (shape.channels + kernels::kLanes - 1) / kernels::kLanes;
  const int64_t parts = parts_of_image(vectors);
  for_tasks(images_ * parts, [&](int64_t task, Scratch<T>& own) {
    const int64_t n = task / parts, part = task % parts;
    const int64_t first = vectors * part / parts * kernels::kLanes;
    const int64_t last =
        std::min<int64_t>(vectors * (part + 1) / parts * kernels::kLanes, shape.channels);
    kernels::PoolShape some = shape;
    some.channels = static_cast<int>(last - first);
    some.affine = shape.affine.from(first);
    T* result = direct ? into.at(n) + first : own.grow(own.pooled, count * some.channels);
    const int64_t result_stride = direct ? into.stride() : some.channels;
    if (average) {
      kernels::average_pool(from.at(n) + first, from.stride(), some, result, result_stride);
    } else {
      kernels::max_pool(from.at(n) + first, from.stride(), some, result, result_stride);
    }
    if (!direct)
      kernels::apply(result, result_stride, count, some.channels, Affine{}, factor(state, n),
                     into.at(n) + first, into.stride(), step.adds);
  });
}

template <class T>
void Executor<T>::pool_backward(const Step& step, const StepState<T>& state) {
  if (!step.wants_gradient) return;
  const kernels::PoolShape shape = pool_shape(step);
  const View from = source(step), d = gradient(step.output), into = source_gradient(step);
  const int64_t count = pixels(op(step.op).output);
  for_groups(groups(0), [&](int, int64_t first, int64_t last, Scratch<T>& own) {
    for (int64_t n = first; n < last; ++n) {
      const T* above = d.at(n);
      int64_t above_stride = d.stride();
      if (!state.factors.empty()) {
        T* scaled = own.grow(own.pooled, count * shape.channels);
        kernels::apply(above, above_stride, count, shape.channels, Affine{}, factor(state, n),
                       scaled, shape.channels, false);
        above = scaled;
        above_stride = shape.channels;
      }
      if (op(step.op).kind == OperatorKind::kAvgPool) {
        kernels::average_pool_gradient(above, above_stride, shape, into.at(n), into.stride());
      } else {
        kernels::max_pool_gradient(from.at(n), from.stride(), above, above_stride, shape,
                                   into.at(n), into.stride());
      }
    }
  });
}

template <class T>
void Executor<T>::copy_backward(const Step& step) {
  if (!step.wants_gradient) return;
  const Shape& shape = op(step.op).output;
  const View d = gradient(step.output), into = source_gradient(step);
  for_images([&](int64_t n) {
    kernels::apply(d.at(n), d.stride(), pixels(shape), shape.channels, Affine{}, 1.0f, into.at(n),
                   into.stride(), step.gradient_adds);
  });
}

template <class T>
void Executor<T>::relu_forward(const Step& step) {
  const Shape& shape = op(step.op).output;
  const View from = source(step), into = view(step.output);
  for_images([&](int64_t n) {
    kernels::activate(from.at(n), from.stride(), shape.height, shape.width, shape.channels,
                      Affine{}, true, into.at(n), into.stride(), shape.width * into.stride());
  });
}

template <class T>
void Executor<T>::relu_backward(const Step& step) {
  if (!step.wants_gradient) return;
  const Shape& shape = op(step.op).output;
  const View from = source(step), d = gradient(step.output), into = source_gradient(step);
  for_images([&](int64_t n) {
    for (int64_t p = 0; p < pixels(shape); ++p)
      for (int c = 0; c < shape.channels; ++c) {
        const bool passed = from.at(n)[p * from.stride() + c] > 0.0f;
        T& result = into.at(n)[p * into.stride() + c];
        result = T((step.gradient_adds ? float(result) : 0.0f) +
                   (passed ? float(d.at(n)[p * d.stride() + c]) : 0.0f));
      }
  });
}

}  // namespace nasnet::network
