// Runs the stages of a plan. A thread takes a group of images through all works of a stage, so that
// an image's values stay in its caches; the next stage begins when all images are through. Sums
// over images are made by group and added in a fixed order, whatever the number of threads.

#include "nasnet/fused/plan_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/fused/poison.h"
#include "nasnet/kernels/terms.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

using graph::OperatorKind;
using plan::PlanBuffer;
using plan::Stage;
using plan::Work;

namespace {

/// N x channels of what a global pool or a linear layer makes, N x channels x height x width of
/// maps.
std::vector<int64_t> output_shape(const graph::Graph& graph, int output, int64_t images) {
  const auto op = [&](int index) -> const graph::Operator& { return graph.operators[index]; };
  const graph::Shape& shape = op(output).output;
  int made_by = output;  // before what leaves a shape as it is
  while (op(made_by).kind != OperatorKind::kGlobalPool &&
         op(made_by).kind != OperatorKind::kLinear && !op(made_by).inputs.empty())
    made_by = op(made_by).inputs[0];
  if (op(made_by).inputs.empty()) return {images, shape.channels, shape.height, shape.width};
  return {images, shape.channels};
}

/// A convolution, one way or the other: what takes the time in training.
bool multiplies(const plan::Plan& plan, const Work& work) {
  return (work.kind == Work::Kind::kForward || work.kind == Work::Kind::kBackward) &&
         plan::as<plan::Convolution>(plan.steps[work.step]);
}

}  // namespace

template <class T>
PlanRunner<T>::PlanRunner(const graph::Graph& graph, SharedMemory<T>& shared, const PlanOf<T>& of)
    : shared_(shared),
      plan_(of.plan),
      plan_memory_(of.memory),
      operators_(make_operators<T>(graph, of.plan)),
      pass_{.graph = graph, .plan = of.plan, .workers = shared.workers} {}

/// Gives the arena back for the next pass.
template <class T>
void PlanRunner<T>::let_arena_go() {
  if (!arena_) return;
  unpoison(pass_.arena, arena_->bytes());
  shared_.arenas.push_back(std::move(arena_));
}

// --- Forward ---

/// Inference takes so many images at a time as stay in the caches together; training takes all, for
/// the sake of its statistics.
template <class T>
int64_t PlanRunner<T>::images_at_once(int64_t images) const {
  if (plan_.training) return images;
  const int64_t image_bytes = plan_.values_per_image * static_cast<int64_t>(sizeof(T));
  return std::min(images, plan::images_at_once(image_bytes, shared_.workers.threads()));
}

template <class T>
std::vector<Tensor> PlanRunner<T>::forward(const Images& images, const graph::Pass& how,
                                           const std::vector<TensorView>& parameters) {
  NASNET_CHECK(parameters.size() == graph().parameters.size(), "one view for each parameter");
  NASNET_CHECK(how.training == plan_.training, "a plan is made for one way to pass");
  NASNET_CHECK(images.data || images.count == 0, "images lie in memory");
  pass_.how = how;
  pass_.parameters = parameters;
  if (plan_.training) ++shared_.trained;
  std::vector<Tensor> outputs;
  for (const int output : plan_.outputs)
    outputs.emplace_back(output_shape(graph(), output, images.count));
  let_arena_go();  // of a pass that failed
  arena_ = shared_.take_arena();
  shared_.workers.fit(plan_memory_.scratch);
  const int64_t most = images_at_once(images.count);
  // Each turn writes its images' part of the outputs.
  for (int64_t first = 0; first < images.count; first += most) {
    pass_.images = std::min(most, images.count - first);
    pass_.outputs.clear();
    for (Tensor& output : outputs)
      pass_.outputs.push_back(output.change().data() + first * output.size() / images.count);
    forward_at_once(images.data + first * graph().operators[0].output.elements());
  }
  if (!plan_.training) let_arena_go();
  return outputs;
}

/// Since the weights of inference were made.
template <class T>
bool PlanRunner<T>::parameters_changed() {
  bool changed = versions_.size() != pass_.parameters.size() || trained_ != shared_.trained;
  trained_ = shared_.trained;
  versions_.resize(pass_.parameters.size());
  for (size_t i = 0; i < versions_.size(); ++i) {
    // By place and version: comparing all values would cost as much as packing them.
    const std::pair<const void*, uint64_t> now = {pass_.parameters[i].data,
                                                  pass_.parameters[i].version};
    changed = changed || now != versions_[i];
    versions_[i] = now;
  }
  return changed;
}

template <class T>
void PlanRunner<T>::forward_at_once(const float* images) {
  const int64_t bytes = plan_.values_per_image * pass_.images * static_cast<int64_t>(sizeof(T));
  pass_.arena = static_cast<T*>(arena_->reserve(bytes));
  enter(0);
  take_images(images);
  // In training the weights change at every step, and are packed as their stage begins.
  const bool take = !plan_.training && parameters_changed();
  for (auto& one : operators_) {
    one->begin(pass_);
    if (take) one->take_parameters(pass_);
  }
  for (size_t s = 0; s < plan_.forward.size(); ++s) {
    if (s > 0) enter(static_cast<int>(s));
    if (plan_.training) {
      run_forward(plan_.forward[s]);
    } else {
      NASNET_CHECK(plan_.forward[s].size() == 1, "in inference each step is a stage");
      shared_.workers.enter(memory_of(plan_.forward[s][0]).scratch);
      at(plan_.forward[s][0]).infer(pass_);
    }
  }
}

/// The caller's float32 images become the first buffer's values.
template <class T>
void PlanRunner<T>::take_images(const float* values) {
  const int64_t count = graph().operators[0].output.elements();
  const View<T> into = pass_.view(plan_.places[0]);
  shared_.workers.for_images(pass_.images, [&](int64_t n, Scratch<T>&) {
    const float* from = values + n * count;
    T* out = into.at(n).data;
    for (int64_t i = 0; i < count; ++i) out[i] = T(from[i]);
  });
}

/// Of the buffers those alone may be touched whose lifetimes have the stage among them.
template <class T>
void PlanRunner<T>::enter(int stage) const {
  if (!kPoisons) return;
  const auto for_each = [&](auto takes, void (*call)(const void*, size_t)) {
    for (int i = 0; i < static_cast<int>(plan_.buffers.size()); ++i) {
      const PlanBuffer& buffer = plan_.buffers[i];
      if (buffer.life.empty() || !takes(buffer)) continue;
      const View<T> view = pass_.view({i, 0});
      call(view.first, view.pitch * pass_.images * sizeof(T));
    }
  };
  if (stage == 0) poison(pass_.arena, arena_->bytes());
  for_each(
      [&](const PlanBuffer& buffer) { return !buffer.lives(stage) && buffer.lives(stage - 1); },
      poison);
  for_each(
      [&](const PlanBuffer& buffer) { return buffer.lives(stage) && !buffer.lives(stage - 1); },
      unpoison);
}

/// The memory that each work of the stage will read or write, by which it is prefetched.
template <class T>
LookAhead PlanRunner<T>::look_ahead(const Stage& stage) const {
  LookAhead ahead;
  const plan::Step* previous = nullptr;
  for (const Work& work : stage) {
    const plan::Step& step = plan_.steps[work.step];
    const bool near = previous && previous->input.from == step.input.from;
    ahead.add({.multiplies = multiplies(plan_, work),
               .wanted = operators_[work.step]->wanted(pass_, work.kind, near)});
    if (plan::as<plan::Convolution>(step)) previous = &step;
  }
  return ahead;
}

/// A stage of training.
template <class T>
void PlanRunner<T>::run_forward(const Stage& stage) {
  for (const Work& work : stage)
    if (work.kind == Kind::kForward) at(work).prepare_forward(pass_);
  compute(stage);
  for (const Work& work : stage)
    if (work.kind == Kind::kForward) at(work).finish_forward(pass_);
}

/// Image by image. On the way back, where values are computed again, that is all: weights are
/// packed, and norms have their statistics.
template <class T>
void PlanRunner<T>::compute(const Stage& stage) {
  const LookAhead ahead = look_ahead(stage);
  const auto run = [&](int, int64_t first, int64_t last, Scratch<T>& own) {
    for (int64_t n = first; n < last; ++n)
      for (size_t i = 0; i < stage.size(); ++i) {
        ahead.queue(i, n, last, own.ahead);
        own.enter(memory_of(stage[i]).scratch);
        if (stage[i].kind == Kind::kResult) {
          at(stage[i]).write_result(pass_, n);
        } else {
          at(stage[i]).forward(pass_, n, own);
        }
      }
  };
  shared_.workers.for_groups(pass_.images, plan::groups_of(pass_.images, 0), run);
}

// --- Backward ---

/// Zeros where the work's gradient is to be added and nothing has been written yet.
template <class T>
void PlanRunner<T>::set_zeros(const Work& work, int64_t n) const {
  for (const plan::Region& region : work.zeros) {
    const int64_t count = plan::pixels(plan_.buffers[region.buffer].shape);
    const View<T> view = pass_.view({region.buffer, region.channel});
    for (int64_t p = 0; p < count; ++p)
      std::fill_n(view.at(n).from_pixel(p).data, region.channels, T(0.0f));
  }
}

/// A stage of the way back. Each group of images has weight gradients of its own, which are added
/// up in the groups' order.
template <class T>
void PlanRunner<T>::run_backward(const Stage& stage) {
  for (const Work& work : stage) {
    if (work.kind == Kind::kGradientSums) {
      at(work).prepare_gradient_sums(pass_);
    } else {
      at(work).prepare_backward(pass_);
    }
  }
  const plan::StageGradients size = plan_memory_.gradients(stage);
  // Their number depends on images and sizes alone, never on threads: sums keep their order.
  const int count = plan::groups_of(pass_.images, size.largest);
  shared_.weight_gradients.assign(count * size.floats, 0.0f);
  float* const sum = shared_.weight_gradients.data();
  const auto floats = [&](const Work& work) {
    return work.kind == Kind::kBackward ? memory_of(work).gradient : 0;
  };
  const LookAhead ahead = look_ahead(stage);
  const auto run = [&](int group, int64_t first, int64_t last, Scratch<T>& own) {
    for (int64_t n = first; n < last; ++n) {
      float* weights = sum + group * size.floats;
      for (size_t i = 0; i < stage.size(); ++i) {
        set_zeros(stage[i], n);
        ahead.queue(i, n, last, own.ahead);
        own.enter(memory_of(stage[i]).scratch);
        if (stage[i].kind == Kind::kGradientSums) {
          at(stage[i]).sum_gradients(pass_, n);
        } else {
          at(stage[i]).backward(pass_, n, own, weights);
        }
        weights += floats(stage[i]);
      }
    }
  };
  shared_.workers.for_groups(pass_.images, count, run);
  for (int group = 1; group < count; ++group)
    kernels::apply(kernels::Term<float>{.x = {sum + group * size.floats}},
                   {.channels = size.floats}, {sum}, kernels::Write::kAdd);
  const float* weights = sum;
  for (const Work& work : stage) {
    if (work.kind == Kind::kBackward) at(work).finish_backward(pass_, weights);
    weights += floats(work);
  }
}

template <class T>
void PlanRunner<T>::backward(const std::vector<Tensor>& above, const GradientPlaces& gradients,
                             float* images) {
  if (images && plan_.gradient_of[plan_.places[0].buffer] < 0)
    throw Error("the gradient of the images was not wanted when the pass began");
  NASNET_CHECK(plan_.training && arena_, "a way back follows a way forward");
  NASNET_CHECK(gradients.size() == graph().parameters.size(), "one place for each parameter");
  pass_.above.clear();
  for (size_t k = 0; k < plan_.outputs.size(); ++k) {
    const bool given = k < above.size() && above[k].defined();
    const int64_t size = pass_.images * graph().operators[plan_.outputs[k]].output.elements();
    if (given && above[k].size() != size)
      throw Error(fmt::format("the gradient of output {} has {} values instead of {}", k,
                              above[k].size(), size));
    pass_.above.push_back(given ? above[k].data() : nullptr);
  }
  pass_.gradients = &gradients;
  for (size_t i = 0; i < gradients.size(); ++i)
    if (!gradients[i])
      // One place takes all gradients that nobody wants.
      shared_.discarded.resize(
          std::max<size_t>(shared_.discarded.size(), pass_.parameters[i].size()));
  pass_.discarded = shared_.discarded.data();
  shared_.workers.fit(plan_memory_.scratch);
  for (size_t s = 0; s < plan_.backward.size(); ++s) {
    enter(plan_.backward_stage(s));
    const Stage& stage = plan_.backward[s];
    plan::goes_forward(stage.front()) ? compute(stage) : run_backward(stage);
  }
  if (images) add_image_gradient(images);
  pass_.gradients = nullptr;
  let_arena_go();
}

template <class T>
void PlanRunner<T>::add_image_gradient(float* images) {
  const int64_t count = graph().operators[0].output.elements();
  const View<T> from = pass_.gradient(plan_.places[0]);
  shared_.workers.for_images(pass_.images, [&](int64_t n, Scratch<T>&) {
    for (int64_t i = 0; i < count; ++i) images[n * count + i] += float(from.at(n).data[i]);
  });
}

template class PlanRunner<float>;
template class PlanRunner<kernels::Bf16>;

}  // namespace nasnet::fused
