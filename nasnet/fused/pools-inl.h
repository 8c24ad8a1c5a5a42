#pragma once

#include "nasnet/kernels/pool.h"

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

template <class T>
kernels::PoolShape PlanRunner<T>::pool_shape(const Step& step) const {
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

/// Channels [first, last) of an image. Results that are added or scaled on their way go through the
/// scratch.
template <class T>
void PlanRunner<T>::pool_forward(int t, int64_t n, int64_t first, int64_t last,
                                 Scratch<T>& own) const {
  const Step& one = step(t);
  const StepState<T>& known = state(t);
  kernels::PoolShape shape = pool_shape(one);
  shape.channels = static_cast<int>(last - first);
  shape.affine = shape.affine.from(first);
  const View from = source(one), into = view(one.output);
  const int64_t count = pixels(op(one.op).output);
  const bool direct = !one.adds && known.factors.empty();
  T* result = direct ? into.at(n) + first : own.grow(own.pooled, count * shape.channels);
  const int64_t result_stride = direct ? into.stride() : shape.channels;
  if (op(one.op).kind == OperatorKind::kAvgPool) {
    kernels::average_pool(from.at(n) + first, from.stride(), shape, result, result_stride);
  } else {
    kernels::max_pool(from.at(n) + first, from.stride(), shape, result, result_stride);
  }
  if (!direct)
    kernels::apply(result, result_stride, count, shape.channels, Affine{}, factor(known, n),
                   into.at(n) + first, into.stride(), one.adds);
}

/// With few images channels are shared out, whole vectors of them.
template <class T>
void PlanRunner<T>::pool_inference(int t) {
  const int64_t channels = op(step(t).op).output.channels;
  const int64_t vectors = (channels + kernels::kLanes - 1) / kernels::kLanes;
  const int64_t parts = parts_of_image(vectors);
  for_tasks(images_ * parts, [&](int64_t task, Scratch<T>& own) {
    const int64_t part = task % parts;
    pool_forward(t, task / parts, vectors * part / parts * kernels::kLanes,
                 std::min(vectors * (part + 1) / parts * kernels::kLanes, channels), own);
  });
}

template <class T>
void PlanRunner<T>::pool_backward(int t, int64_t n, Scratch<T>& own) const {
  const Step& one = step(t);
  const StepState<T>& known = state(t);
  const kernels::PoolShape shape = pool_shape(one);
  const View from = source(one), d = gradient(one.output), into = source_gradient(one);
  const T* above = d.at(n);
  int64_t above_stride = d.stride();
  if (!known.factors.empty()) {
    const int64_t count = pixels(op(one.op).output);
    T* scaled = own.grow(own.pooled, count * shape.channels);
    kernels::apply(above, above_stride, count, shape.channels, Affine{}, factor(known, n), scaled,
                   shape.channels, false);
    above = scaled;
    above_stride = shape.channels;
  }
  if (op(one.op).kind == OperatorKind::kAvgPool) {
    kernels::average_pool_gradient(above, above_stride, shape, into.at(n), into.stride());
  } else {
    kernels::max_pool_gradient(from.at(n), from.stride(), above, above_stride, shape, into.at(n),
                               into.stride());
  }
}

template <class T>
void PlanRunner<T>::copy_backward(const Step& step, int64_t n) const {
  const Shape& shape = op(step.op).output;
  const View d = gradient(step.output), into = source_gradient(step);
  kernels::apply(d.at(n), d.stride(), pixels(shape), shape.channels, Affine{}, 1.0f, into.at(n),
                 into.stride(), step.gradient_adds);
}

template <class T>
void PlanRunner<T>::relu_forward(const Step& step, int64_t n) const {
  const Shape& shape = op(step.op).output;
  const View from = source(step), into = view(step.output);
  kernels::activate(from.at(n), from.stride(), shape.height, shape.width, shape.channels, Affine{},
                    true, into.at(n), into.stride(), shape.width * into.stride());
}

template <class T>
void PlanRunner<T>::relu_backward(const Step& step, int64_t n) const {
  const Shape& shape = op(step.op).output;
  const View from = source(step), d = gradient(step.output), into = source_gradient(step);
  for (int64_t p = 0; p < pixels(shape); ++p)
    for (int c = 0; c < shape.channels; ++c) {
      const bool passed = !(from.at(n)[p * from.stride() + c] <= 0.0f);  // NaN does
      T& result = into.at(n)[p * into.stride() + c];
      result = T((step.gradient_adds ? float(result) : 0.0f) +
                 (passed ? float(d.at(n)[p * d.stride() + c]) : 0.0f));
    }
}

}  // namespace nasnet::fused
