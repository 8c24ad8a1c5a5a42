#pragma once

#include <cmath>

#include "nasnet/kernels/matmul.h"

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

/// Have the parameters changed since the weights of inference were made?
template <class T>
bool PlanRunner<T>::weights_changed() {
  bool changed = versions_.size() != parameters_.size() || trained_ != shared_.trained;
  trained_ = shared_.trained;
  versions_.resize(parameters_.size());
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const std::pair<const void*, uint64_t> now = {parameters_[i].data, parameters_[i].version};
    changed = changed || now != versions_[i];
    versions_[i] = now;
  }
  return changed;
}

/// A norm of running statistics is a factor of its convolution's weights and a bias.
template <class T>
void PlanRunner<T>::fold_weights(const Step& step, StepState<T>& state) {
  for (int part = 0; part < convolution_count(step); ++part) {
    const bool twin = step.twin.op >= 0;
    const int norm = twin && part == 1 ? step.twin.op : step.op;
    const int64_t first = !twin && part == 1 ? parameter(step.convolutions[0]).shape[0] : 0;
    const TensorView& weight = parameter(convolution_of(step, part));
    std::vector<float> scale;
    AlignedFloats& bias = state.bias[part];
    bias.assign(static_cast<size_t>(padded(weight.shape[0])), 0.0f);
    for (int64_t o = 0; o < weight.shape[0]; ++o) {
      const int64_t c = first + o;
      const double factor = values(norm)[c] / std::sqrt(values(norm, 3)[c] + epsilon());
      scale.push_back(static_cast<float>(factor));
      bias[static_cast<size_t>(o)] =
          static_cast<float>(values(norm, 1)[c] - values(norm, 2)[c] * factor);
    }
    pack<T>({weight}, false, state.convolutions[part], scale);
  }
  if (step.depthwise >= 0) pack_depthwise(parameter(step.depthwise), state.depthwise);
  state.rows.emplace(graph_, step, false);
}

/// The whole convolution on its way to where it lies: no raw result, no pass of its own for the
/// norm. With few images their rows are shared out.
template <class T>
void PlanRunner<T>::convolution_inference(int t) {
  const Step& one = step(t);
  const StepState<T>& known = state(t);
  const Rows& rows = *known.rows;
  const bool pending = one.output.buffer < 0;
  const View into[2] = {pending ? View{this, one.raw, 0} : view(one.output),
                        one.twin.op >= 0 ? view(one.twin.output) : View{}};
  const auto finish_of = [&](int part) {
    kernels::Finish<T> finish;
    finish.bias = known.bias[part].data();
    finish.relu = pending;
    finish.accumulate = one.adds;
    return finish;
  };
  const int parts = convolution_count(one);
  const int64_t chunks = parts_of_image(rows.height);
  for_tasks(images_ * chunks, [&](int64_t task, Scratch<T>& own) {
    const int64_t n = task / chunks, chunk = task % chunks;
    const int begin = static_cast<int>(rows.height * chunk / chunks);
    const int end = static_cast<int>(rows.height * (chunk + 1) / chunks);
    if (rows.pointwise) {
      const int64_t last = int64_t{end} * rows.width;
      for (int64_t first = int64_t{begin} * rows.width; first < last; first += rows.tile()) {
        const int64_t count = std::min(rows.tile(), last - first);
        const Matrix a = tile(one, rows, n, first, count, own);
        for (int part = 0; part < parts; ++part) {
          const PackedConvolution<T>& weights = known.convolutions[part];
          const View& to = into[part];
          kernels::matmul(a.data, a.stride, count, rows.inner, weights.forward.data(),
                          weights.outputs, to.at(n) + first * to.stride(), to.stride(),
                          finish_of(part));
        }
      }
      return;
    }
    bordered_image(rows, own);
    fill_image(one, rows, n, begin, end, own);
    for (int first = begin; first < end; first += rows.band()) {
      const int count = std::min(rows.band(), end - first);
      const View& to = into[0];
      T* out = to.at(n) + int64_t{first} * rows.width * to.stride();
      for (int half = 0; half < halves(one); ++half) {
        multiply_band(rows, known, half, first, count, own, out, to.stride(), finish_of(half));
        out += known.convolutions[half].outputs;
      }
    }
  });
}

}  // namespace nasnet::fused
