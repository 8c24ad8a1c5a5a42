#pragma once

#include <ATen/ops/empty.h>

#include "nasnet/network/masks.h"

#include "nasnet/network/fused_executor.h"

namespace nasnet::network {

/// The mask of a drop-path or dropout operator; empty where it keeps all.
template <class T>
std::vector<float> Executor<T>::mask_of(int drop, const Pass& pass) const {
  if (drop < 0 || !pass.training) return {};
  const bool path = op(drop).kind == OperatorKind::kDropPath;
  const double keep = path ? drop_path_keep(graph_, op(drop).cell_number, pass.progress)
                           : graph_.recipe.dropout_keep;
  if (keep >= 1) return {};
  const int64_t count = path ? images_ : images_ * op(drop).output.elements();
  return random_mask(count, keep, pass.seed, pass.step, static_cast<uint64_t>(drop),
                     path ? "drop path" : "dropout");
}

template <class T>
void Executor<T>::draw_masks(const Step& step, StepState<T>& state, const Pass& pass) const {
  state.factors = mask_of(step.drop, pass);
  if (step.repeats.empty()) return;
  if (state.factors.empty()) state.factors.assign(static_cast<size_t>(images_), 1.0f);
  for (const int drop : step.repeats) {
    const std::vector<float> more = mask_of(drop, pass);
    for (size_t n = 0; n < state.factors.size(); ++n)
      state.factors[n] += more.empty() ? 1.0f : more[n];
  }
}

template <class T>
void Executor<T>::take_images(const at::Tensor& batch) {
  const Shape& shape = op(0).output;
  const float* data = batch.data_ptr<float>();
  const int64_t by_channel = batch.stride(1), by_row = batch.stride(2), by_column = batch.stride(3),
                by_image = batch.stride(0);
  const View into = view(place(0));
  for_images([&](int64_t n) {
    T* out = into.at(n);
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x)
        for (int c = 0; c < shape.channels; ++c)
          *out++ = T(data[n * by_image + c * by_channel + y * by_row + x * by_column]);
  });
}

/// Inference takes so many images at a time as stay in the caches together; training takes all, for
/// the sake of its statistics.
template <class T>
typename Executor<T>::Result Executor<T>::forward(const at::Tensor& batch, const Pass& pass) {
  const int64_t image_bytes = inference_.values_per_image * static_cast<int64_t>(sizeof(T));
  const int64_t threads = at::get_num_threads();
  const int64_t most = std::max<int64_t>(kCacheBytes / image_bytes / threads, 1) * threads;
  const int64_t count = batch.size(0);
  if (pass.training || count <= most) return forward_at_once(batch, pass);
  Result all;
  for (int64_t first = 0; first < count; first += most) {
    const Result some =
        forward_at_once(batch.narrow(0, first, std::min(most, count - first)), pass);
    if (!all.logits.defined())
      all.logits = at::empty({count, some.logits.size(1)}, some.logits.options());
    std::copy_n(some.logits.template data_ptr<float>(), some.logits.numel(),
                all.logits.template data_ptr<float>() + first * some.logits.size(1));
  }
  return all;
}

template <class T>
typename Executor<T>::Result Executor<T>::forward_at_once(const at::Tensor& batch,
                                                          const Pass& pass) {
  if (pass.training && training_.steps.empty()) training_ = make_plan(graph_, true);
  plan_ = pass.training ? &training_ : &inference_;
  images_ = batch.size(0);
  memory_ = static_cast<T*>(arena_.reserve(plan_->values_per_image * images_ * sizeof(T)));
  states_.resize(std::max(states_.size(), plan_->steps.size()));
  statistics_share_ = 1.0 - batch_norm_keep(graph_, pass.step);
  const bool fold = !pass.training && weights_changed();
  if (pass.training) versions_.clear();  // its weights are in another form, and about to change
  take_images(batch);
  Result result;
  for (int t = 0; t < static_cast<int>(plan_->steps.size()); ++t) {
    const Step& one = step(t);
    StepState<T>& known = state(t);
    draw_masks(one, known, pass);
    switch (one.kind) {
      case Kind::kConvolution:
      case Kind::kReduction:
        if (fold) fold_weights(one, known);
        if (pass.training) {
          convolution_forward(t);
        } else {
          convolution_inference(t);
        }
        break;
      case Kind::kPool:
        pool_forward(one, known);
        break;
      case Kind::kCopy:
        write_result(t);
        break;
      case Kind::kRelu:
        relu_forward(one);
        break;
      case Kind::kNormalize:
        normalize_forward(one);
        break;
      case Kind::kGlobalPool:
        global_pool_forward(one);
        break;
      case Kind::kLinear:
        (one.op == graph_.logits ? result.logits : result.auxiliary_logits) =
            linear_forward(one, known);
        break;
    }
  }
  return result;
}

template <class T>
void Executor<T>::set_zeros(const Step& step) {
  for (const Region& region : step.zeros) {
    const int64_t count = pixels(plan_->buffers[static_cast<size_t>(region.buffer)].shape);
    for_images([&](int64_t n) {
      T* first = image(region.buffer, n) + region.channel;
      for (int64_t p = 0; p < count; ++p)
        std::fill_n(first + p * stride(region.buffer), region.channels, T(0.0f));
    });
  }
}

template <class T>
void Executor<T>::backward(const at::Tensor& logits, const at::Tensor& auxiliary) {
  for (int t = static_cast<int>(plan_->steps.size()) - 1; t >= 0; --t) {
    const Step& one = step(t);
    const StepState<T>& known = state(t);
    set_zeros(one);
    switch (one.kind) {
      case Kind::kConvolution:
      case Kind::kReduction:
        convolution_backward(t);
        break;
      case Kind::kPool:
        pool_backward(one, known);
        break;
      case Kind::kCopy:
        copy_backward(one);
        break;
      case Kind::kRelu:
        relu_backward(one);
        break;
      case Kind::kNormalize:
        normalize_backward(one);
        break;
      case Kind::kGlobalPool:
        global_pool_backward(one);
        break;
      case Kind::kLinear:
        linear_backward(one, known, one.op == graph_.logits ? logits : auxiliary);
        break;
    }
  }
}

template <class T>
int64_t Executor<T>::memory() const {
  int64_t bytes = arena_.bytes();
  for (const Scratch<T>& own : scratch_) bytes += own.bytes();
  return bytes + static_cast<int64_t>(weight_gradients_.size() * sizeof(float));
}

}  // namespace nasnet::network
