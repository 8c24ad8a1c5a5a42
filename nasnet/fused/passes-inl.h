#pragma once

#include "nasnet/fused/ahead-inl.h"
#include "nasnet/graph/masks.h"

#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

/// The mask of a drop-path or dropout operator; empty where it keeps all.
template <class T>
std::vector<float> PlanRunner<T>::mask_of(int drop, const Pass& pass) const {
  if (drop < 0 || !pass.training) return {};
  const bool path = op(drop).kind == OperatorKind::kDropPath;
  const double keep =
      path ? drop_path_keep(graph_, op(drop).cell_number, pass) : graph_.recipe.dropout_keep;
  if (keep >= 1) return {};
  const int64_t count = path ? images_ : images_ * op(drop).output.elements();
  return graph::random_mask(count, keep, pass.seed, pass.step, static_cast<uint64_t>(drop),
                            path ? "drop path" : "dropout");
}

template <class T>
void PlanRunner<T>::draw_masks(const Step& step, StepState<T>& state, const Pass& pass) const {
  state.factors = mask_of(step.drop, pass);
  if (step.repeats.empty()) return;
  if (state.factors.empty()) state.factors.assign(static_cast<size_t>(images_), 1.0f);
  for (const int drop : step.repeats) {
    const std::vector<float> more = mask_of(drop, pass);
    for (size_t n = 0; n < state.factors.size(); ++n)
      state.factors[n] += more.empty() ? 1.0f : more[n];
  }
}

/// Of the buffers those alone may be touched whose lifetimes have the stage among them.
template <class T>
void PlanRunner<T>::enter(int stage) const {
  if (!kPoisons) return;
  const auto for_each = [&](auto takes, void (*call)(const void*, size_t)) {
    for (int i = 0; i < static_cast<int>(plan_->buffers.size()); ++i) {
      const PlanBuffer& buffer = plan_->buffers[static_cast<size_t>(i)];
      if (buffer.first >= 0 && takes(buffer))
        call(image(i, 0), static_cast<size_t>(buffer_size(buffer.shape) * images_) * sizeof(T));
    }
  };
  if (stage == 0) poison(memory_, static_cast<size_t>(arena_->bytes()));
  for_each([&](const PlanBuffer& buffer) { return buffer.last + 1 == stage; }, poison);
  for_each([&](const PlanBuffer& buffer) { return buffer.first == stage; }, unpoison);
}

template <class T>
void PlanRunner<T>::take_images(const float* pixels) {
  const int64_t values = op(0).output.elements();
  const View into = view(place(0));
  for_images([&](int64_t n, Scratch<T>&) {
    const float* from = pixels + n * values;
    T* out = into.at(n);
    for (int64_t i = 0; i < values; ++i) out[i] = T(from[i]);
  });
}

/// Inference takes so many images at a time as stay in the caches together; training takes all, for
/// the sake of its statistics.
template <class T>
int64_t PlanRunner<T>::images_at_once(const Images& images, bool training) const {
  const int64_t image_bytes = shared_.inference.values_per_image * static_cast<int64_t>(sizeof(T));
  const int64_t most = plan::images_at_once(image_bytes, shared_.threads->threads());
  return training ? images.count : std::min(images.count, most);
}

template <class T>
Logits PlanRunner<T>::forward(const Images& images, const Pass& pass,
                              const std::vector<TensorView>& parameters) {
  parameters_ = parameters;
  plan_ = pass.training ? &shared_.training : &shared_.inference;
  if (pass.training) ++shared_.trained;
  Logits logits;
  for (const Step& one : plan_->steps)
    if (one.kind == Kind::kLinear)
      logits_of(one, logits) = Tensor({images.count, parameter(one.op).shape[0]});
  arena_ = shared_.take_arena();
  const int64_t most = images_at_once(images, pass.training);
  for (int64_t first = 0; first < images.count; first += most)
    forward_at_once({images.data, std::min(most, images.count - first)}, first, pass, logits);
  if (!pass.training) let_arena_go();
  return logits;
}

/// `images`: so many of all from `first` on.
template <class T>
void PlanRunner<T>::forward_at_once(const Images& images, int64_t first, const Pass& pass,
                                    Logits& logits) {
  images_ = images.count;
  memory_ = static_cast<T*>(arena_->reserve(plan_->values_per_image * images_ * sizeof(T)));
  states_.resize(std::max(states_.size(), plan_->steps.size()));
  statistics_share_ = 1.0 - graph::batch_norm_keep(graph_, pass.step);
  const bool fold = !pass.training && weights_changed();
  enter(0);
  take_images(images.data + first * op(0).output.elements());
  logits_.clear();
  for (int t = 0; t < static_cast<int>(plan_->steps.size()); ++t) {
    const Step& one = step(t);
    draw_masks(one, state(t), pass);
    if (one.kind == Kind::kLinear)
      logits_.push_back(
          {t, logits_of(one, logits).change().data() + first * parameter(one.op).shape[0]});
    if (fold && is_convolution(one)) fold_weights(one, state(t));
  }
  for (size_t s = 0; s < plan_->forward.size(); ++s) {
    if (s > 0) enter(static_cast<int>(s));
    if (pass.training) {
      run_training(plan_->forward[s]);
    } else {
      run_inference(plan_->forward[s][0]);
    }
  }
}

/// A work's part of an image, on the way forward.
template <class T>
void PlanRunner<T>::run_image(const Work& work, int64_t n, Scratch<T>& own) {
  const Step& one = step(work.step);
  if (work.kind == Work::Kind::kResult) return write_result(work.step, n);
  switch (one.kind) {
    case Kind::kConvolution:
    case Kind::kReduction:
      if (state(work.step).rows->pointwise) return pointwise_forward(one, state(work.step), n, own);
      return image_forward(one, state(work.step), n, own);
    case Kind::kPool:
      return pool_forward(work.step, n, 0, op(one.op).output.channels, own);
    case Kind::kCopy:
      return write_result(work.step, n);
    case Kind::kRelu:
      return relu_forward(one, n);
    case Kind::kNormalize:
      return normalize_forward(one, n);
    case Kind::kGlobalPool:
      return global_pool_forward(one, n);
    case Kind::kLinear:
      return linear_forward(work.step, n, logits_at(work.step));
  }
}

template <class T>
void PlanRunner<T>::run_inference(const Work& work) {
  const Step& one = step(work.step);
  if (is_convolution(one)) return convolution_inference(work.step);
  if (one.kind == Kind::kPool) return pool_inference(work.step);
  for_images([&](int64_t n, Scratch<T>& own) { run_image(work, n, own); });
}

/// A stage, image by image.
template <class T>
void PlanRunner<T>::run_training(const Stage& stage) {
  for (const Work& work : stage)
    if (multiplies(work)) {
      StepState<T>& known = state(work.step);
      known.rows.emplace(graph_, step(work.step), true);
      pack_weights(step(work.step), known);
      prepare_sums(known, stride(step(work.step).raw));
    }
  const WantedByWork wanted = wanted_by(stage);
  for_groups(groups(0), [&](int, int64_t first, int64_t last, Scratch<T>& own) {
    for (int64_t n = first; n < last; ++n)
      for (size_t i = 0; i < stage.size(); ++i) {
        look_ahead(stage, wanted, i, n, last, own.ahead);
        run_image(stage[i], n, own);
      }
  });
  for (const Work& work : stage)
    if (multiplies(work)) finish_statistics(step(work.step), state(work.step));
}

template <class T>
void PlanRunner<T>::set_zeros(const Work& work, int64_t n) const {
  for (const Region& region : work.zeros) {
    const int64_t count = pixels(plan_->buffers[static_cast<size_t>(region.buffer)].shape);
    T* first = image(region.buffer, n) + region.channel;
    for (int64_t p = 0; p < count; ++p)
      std::fill_n(first + p * stride(region.buffer), region.channels, T(0.0f));
  }
}

template <class T>
void PlanRunner<T>::prepare_backward(const Work& work) {
  const Step& one = step(work.step);
  StepState<T>& known = state(work.step);
  if (work.kind == Work::Kind::kGradientSums) {
    prepare_gradient_sums(known, stride(one.raw));
  } else if (is_convolution(one)) {
    known.norm_gradient = norm_gradient(one, known);
    if (one.input.pending)
      prepare_gradient_sums(state(one.input.norm), stride(one.input.from.buffer));
  } else if (one.kind == Kind::kNormalize) {
    prepare_gradient_sums(known, op(one.op).output.channels);
  }
}

/// A work's part of an image, on the way back; of other works than a convolution's.
template <class T>
void PlanRunner<T>::run_image_backward(const Work& work, int64_t n, const Logits& above,
                                       Scratch<T>& own) {
  const Step& one = step(work.step);
  if (work.kind == Work::Kind::kGradientSums) return sum_gradient(one, state(work.step), n);
  switch (one.kind) {
    case Kind::kPool:
      return pool_backward(work.step, n, own);
    case Kind::kCopy:
      return copy_backward(one, n);
    case Kind::kRelu:
      return relu_backward(one, n);
    case Kind::kNormalize:
      return normalize_backward(one, state(work.step), n);
    case Kind::kGlobalPool:
      return global_pool_backward(one, n);
    case Kind::kLinear:
      return linear_backward(work.step, n, logits_of(one, above));
    default:
      return;
  }
}

template <class T>
void PlanRunner<T>::run_backward(const Stage& stage, const Logits& above) {
  std::vector<Backward> convolutions;  // in the order of their works
  int64_t floats = 0, largest = 0;
  for (const Work& work : stage) {
    prepare_backward(work);
    if (!multiplies(work)) continue;
    convolutions.push_back(way_back(work.step, floats));
    floats += convolutions.back().floats;
    largest = std::max(largest, convolutions.back().floats);
  }
  const int count = groups(largest);
  weight_gradients_.assign(static_cast<size_t>(count * floats), 0.0f);
  float* const sum = weight_gradients_.data();
  const WantedByWork wanted = wanted_by(stage);
  for_groups(count, [&](int group, int64_t first, int64_t last, Scratch<T>& own) {
    std::vector<Backward> ways = convolutions;
    for (Backward& way : ways) way.gradients = sum + group * floats + way.first;
    for (int64_t n = first; n < last; ++n) {
      auto way = ways.begin();
      for (size_t i = 0; i < stage.size(); ++i) {
        const Work& work = stage[i];
        set_zeros(work, n);
        if (multiplies(work)) {
          look_ahead(stage, wanted, i, n, last, own.ahead);
          convolution_backward(*way++, n, own);
        } else {
          run_image_backward(work, n, above, own);
        }
      }
    }
  });
  for (int group = 1; group < count; ++group)
    kernels::apply(sum + group * floats, 1, 1, static_cast<int>(floats), Affine{}, 1.0f, sum, 1,
                   true);
  for (const Backward& way : convolutions) add_weight_gradients(way, sum);
  for (const Work& work : stage) {
    const Step& one = step(work.step);
    if (one.kind == Kind::kLinear) add_linear_gradients(work.step, logits_of(one, above));
    if (one.kind == Kind::kNormalize) add_gain_gradients(one, state(work.step));
  }
}

template <class T>
void PlanRunner<T>::backward(const Logits& above, const GradientPlaces& gradients) {
  gradients_ = &gradients;
  for (size_t i = 0; i < gradients.size(); ++i)
    if (!gradients[i])
      shared_.discarded.resize(
          std::max(shared_.discarded.size(), static_cast<size_t>(parameters_[i].size())));
  for (size_t s = 0; s < plan_->backward.size(); ++s) {
    enter(plan_->backward_stage(s));
    run_backward(plan_->backward[s], above);
  }
  gradients_ = nullptr;
  let_arena_go();
}

}  // namespace nasnet::fused
