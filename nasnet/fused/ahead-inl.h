#pragma once

#include "nasnet/fused/plan_runner.h"

// Prefetches, while a training step multiplies, the memory that it would wait for: see
// kernels/ahead.h.

namespace nasnet::fused {

template <class T>
void PlanRunner<T>::want(const View& view, const Shape& shape, std::vector<Wanted>& wanted) const {
  constexpr auto kValue = static_cast<int64_t>(sizeof(T));
  const int64_t pitch =
      buffer_size(plan_->buffers[static_cast<size_t>(view.buffer)].shape) * kValue;
  const auto* first = reinterpret_cast<const char*>(view.at(0));
  constexpr int64_t kLine = kernels::Ahead::kLine;
  if (view.stride() == shape.channels) {
    wanted.push_back({{first, kLine, shape.elements() * kValue / kLine}, pitch});
    return;
  }
  for (int64_t byte = 0; byte < shape.channels * kValue; byte += kLine)
    wanted.push_back({{first + byte, view.stride() * kValue, pixels(shape)}, pitch});
}

/// The memory that lies far off when a work begins, and where it writes a gradient; results of
/// works of the same stage are near.
template <class T>
typename PlanRunner<T>::WantedByWork PlanRunner<T>::wanted_by(const Stage& stage) const {
  WantedByWork all;
  const Step* previous = nullptr;
  for (const Work& work : stage) {
    const Step& one = step(work.step);
    std::vector<Wanted>& wanted = all.emplace_back();
    if (!is_convolution(one)) continue;
    const Shape& shape = op(one.op).output;
    if (work.kind != Work::Kind::kForward)
      want({this, one.raw, 0}, {shape.height, shape.width, static_cast<int>(stride(one.raw))},
           wanted);
    if (work.kind == Work::Kind::kBackward) {
      for (const NormPart& part : norm_parts(one))
        want(result_gradient(one, part), op(part.op).output, wanted);
      if (one.wants_gradient) want(source_gradient(one), op(one.input.op).output, wanted);
    }
    const bool near = previous != nullptr && previous->input.from == one.input.from;
    if (multiplies(work) && !near) want(source(one), op(one.input.op).output, wanted);
    previous = &one;
  }
  return all;
}

/// While the work multiplies, what those after it will read is asked for, as far as the next one
/// that multiplies.
template <class T>
void PlanRunner<T>::look_ahead(const Stage& stage, const WantedByWork& wanted, size_t index,
                               int64_t n, int64_t last, kernels::Ahead& ahead) const {
  if (!multiplies(stage[index])) return;
  ahead.clear();
  for (size_t k = 0; k < stage.size(); ++k) {
    if (++index == stage.size()) {
      index = 0;
      if (++n == last) return;
    }
    for (const Wanted& one : wanted[index]) {
      kernels::Ahead::Lines lines = one.lines;
      lines.first += n * one.pitch;
      ahead.add(lines);
    }
    if (multiplies(stage[index])) return;
  }
}

}  // namespace nasnet::fused
