#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/tensor.h"
#include "nasnet/base/thread_pool.h"
#include "nasnet/fused/arena.h"
#include "nasnet/fused/executor.h"
#include "nasnet/fused/poison.h"
#include "nasnet/fused/weights.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/elementwise.h"
#include "nasnet/kernels/pool.h"
#include "nasnet/plan/limits.h"
#include "nasnet/plan/plan.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

using graph::Operator;
using graph::OperatorKind;
using graph::Pass;
using graph::Shape;
using kernels::Affine;
using kernels::AlignedFloats;
using kernels::padded;
using plan::border_of;
using plan::buffer_size;
using plan::is_convolution;
using plan::make_plan;
using plan::pixels;
using plan::Place;
using plan::Plan;
using plan::PlanBuffer;
using plan::Region;
using plan::Rows;
using plan::Stage;
using plan::Step;
using plan::WindowsBack;
using plan::WinogradRows;
using plan::Work;
using Kind = Step::Kind;

/// Batch normalisation of one step: of the last forward pass.
struct Norm {
  std::vector<double> mean, deviation_inverse;  // 1 / sqrt(variance + epsilon)
  AlignedFloats origin, scale, shift;           // padded; origin is the mean, rounded
};

/// The gradient of a raw convolution is a d + b raw + c by channel (d: of the norm's result).
struct NormGradient {
  AlignedFloats a, b, c;
};

/// The state that a step keeps from one use to the next.
template <class T>
struct StepState {
  PackedConvolution<T> convolutions[2];
  AlignedFloats depthwise;
  AlignedFloats bias[2];     // of inference: what is left of the norms
  std::optional<Rows> rows;  // of a convolution
  Norm norm;
  NormGradient norm_gradient;
  std::vector<float> factors;  // of drop-path by image, of dropout by value
  /// By image: sums for the norm's statistics, about its first pixel, and for its gradient. Those
  /// for a pending norm's gradient are taken by the step that reads it.
  std::vector<double> sums, gradient_sums;
  AlignedFloats origins;
};

/// Which image lies in the scratch with its border on.
struct Activated {
  Shape shape;
  kernels::Border border;
  const void* from = nullptr;  // null where there is none but the border is clear
  bool relu = false;
};

/// Memory of one thread.
template <class T>
struct Scratch {
  AlignedFloats image, products, back, transformed;
  std::optional<Activated> activated;  // what is in `image`, in training
  kernels::Ahead ahead;                // what the works to come will read
  kernels::Aligned<T> rows, gradient, pooled;

  template <class U>
  U* grow(kernels::Aligned<U>& memory, int64_t count) {
    if (static_cast<int64_t>(memory.size()) < count) memory.resize(static_cast<size_t>(count));
    return memory.data();
  }
};

/// Memory that the passes of an executor share, as one of them computes at a time.
template <class T>
struct SharedMemory {
  explicit SharedMemory(std::shared_ptr<const graph::Graph> of)
      : graph(std::move(of)), inference(make_plan(*graph, false)) {}

  std::shared_ptr<const graph::Graph> graph;
  Plan inference, training;  ///< the latter once it is asked for
  ThreadPool* threads = nullptr;
  std::vector<Scratch<T>> scratch;             ///< by thread
  std::vector<std::unique_ptr<Arena>> arenas;  ///< that no pass needs now
  size_t arenas_made = 0;
  /// Passes in training mode so far: each changes the running statistics.
  uint64_t trained = 0;
  std::vector<float> discarded;  ///< where gradients go that nobody wants

  /// Makes room for its return, which destructors see to: they cannot bear that it fails.
  std::unique_ptr<Arena> take_arena() {
    if (arenas.empty()) {
      arenas.reserve(++arenas_made);
      return std::make_unique<Arena>();
    }
    std::unique_ptr<Arena> arena = std::move(arenas.back());
    arenas.pop_back();
    return arena;
  }
};

/// Runs a plan, a pass at a time, with activations and gradients of type T in memory. Its parts are
/// in files of their own, *-inl.h; all_parts-inl.h puts them together.
template <class T>
class PlanRunner {
 public:
  explicit PlanRunner(SharedMemory<T>& shared) : graph_(*shared.graph), shared_(shared) {}
  ~PlanRunner() { let_arena_go(); }
  PlanRunner(const PlanRunner&) = delete;

  Logits forward(const Images& images, const Pass& pass, const std::vector<TensorView>& parameters);
  void backward(const Logits& above, const GradientPlaces& gradients);
  /// The arena is needed from a pass's first step to its last, of training the way back's.
  void let_arena_go() {
    if (!arena_) return;
    unpoison(memory_, static_cast<size_t>(arena_->bytes()));
    shared_.arenas.push_back(std::move(arena_));
  }

 private:
  /// Dense convolutions are products straight over the image; of bf16 the windows are copied first,
  /// as its products want pairs of values.
  static constexpr bool kWindows = std::is_same_v<T, float>;

  // --- places in memory

  const Operator& op(int index) const { return graph_.operators[static_cast<size_t>(index)]; }
  size_t parameter_index(int op_index, int which) const {
    return static_cast<size_t>(op(op_index).first_parameter + which);
  }
  const TensorView& parameter(int op_index, int which = 0) const {
    return parameters_[parameter_index(op_index, which)];
  }
  float* parameter_gradient(int op_index, int which = 0) {
    float* place = (*gradients_)[parameter_index(op_index, which)];
    return place ? place : shared_.discarded.data();
  }
  const float* values(int op_index, int which = 0) const { return parameter(op_index, which).data; }

  /// The first value of an image in a buffer.
  T* image(int buffer, int64_t n) const {
    const PlanBuffer& of = plan_->buffers[static_cast<size_t>(buffer)];
    return memory_ + of.offset * images_ + n * buffer_size(of.shape);
  }
  int64_t stride(int buffer) const {
    return plan_->buffers[static_cast<size_t>(buffer)].shape.channels;
  }

  /// A value or a gradient, image by image.
  struct View {
    const PlanRunner* runner;
    int buffer, channel;
    T* at(int64_t n) const { return runner->image(buffer, n) + channel; }
    int64_t stride() const { return runner->stride(buffer); }
  };
  View view(const Place& place) const { return {this, place.buffer, place.channel}; }
  View gradient(const Place& place) const {
    return {this, plan_->gradient_of[static_cast<size_t>(place.buffer)], place.channel};
  }
  const Place& place(int index) const { return plan_->places[static_cast<size_t>(index)]; }
  const Step& step(int t) const { return plan_->steps[static_cast<size_t>(t)]; }
  StepState<T>& state(int t) { return states_[static_cast<size_t>(t)]; }
  const StepState<T>& state(int t) const { return states_[static_cast<size_t>(t)]; }

  /// The step's input: a value, or a raw convolution whose norm it applies.
  View source(const Step& step) const { return view(step.input.from); }
  /// In inference norms are part of their convolutions.
  Affine source_affine(const Step& step) const {
    if (step.input.norm < 0 || !plan_->training) return {};
    const Norm& norm = state(step.input.norm).norm;
    return Affine{norm.scale.data(), norm.shift.data()}.from(step.input.from.channel);
  }
  View source_gradient(const Step& step) const {
    if (!step.input.pending) return gradient(place(step.input.op));
    return {this, plan_->steps[static_cast<size_t>(step.input.norm)].pending_gradient, 0};
  }

  // --- groups of images on threads

  int groups(int64_t weight_floats) const { return plan::groups_of(images_, weight_floats); }

  /// Calls run(task, scratch) for `count` tasks on all threads.
  template <class Task>
  void for_tasks(int64_t count, Task run) {
    std::vector<Scratch<T>>& scratch = shared_.scratch;
    const auto threads = static_cast<size_t>(shared_.threads->threads());
    if (scratch.size() < threads) scratch.resize(threads);
    shared_.threads->for_each(
        count, [&](int64_t task, int thread) { run(task, scratch[static_cast<size_t>(thread)]); });
  }

  /// Calls run(group, first image, image after the last, scratch).
  template <class Run>
  void for_groups(int count, Run run) {
    for_tasks(count, [&](int64_t group, Scratch<T>& own) {
      own.activated.reset();
      own.ahead.clear();
      run(static_cast<int>(group), images_ * group / count, images_ * (group + 1) / count, own);
    });
  }

  /// Calls run(image, scratch).
  template <class Run>
  void for_images(Run run) {
    for_groups(groups(0), [&](int, int64_t first, int64_t last, Scratch<T>& own) {
      for (int64_t n = first; n < last; ++n) run(n, own);
    });
  }

  /// Parts that an image is taken in where there are fewer images than threads: at most `most`.
  int64_t parts_of_image(int64_t most) const {
    const int64_t threads = shared_.threads->threads();
    return std::clamp<int64_t>((threads + images_ - 1) / images_, 1, std::max<int64_t>(most, 1));
  }

  // --- batch normalisation: fused_norm-inl.h

  /// Channels of a raw convolution that have a norm of their own.
  struct NormPart {
    int op;
    Place output;
    int channel, channels;
  };
  std::vector<NormPart> norm_parts(const Step& step) const;
  double epsilon() const { return graph_.recipe.batch_norm_epsilon; }
  void prepare_sums(StepState<T>& state, int64_t channels) const;
  static void sum_pixels(StepState<T>& state, const T* raw, int64_t channels, int64_t count,
                         int64_t n, bool first);
  void finish_statistics(const Step& step, StepState<T>& state);
  void set_affine(const Step& step, Norm& norm);
  float factor(const StepState<T>& state, int64_t n) const {
    return state.factors.empty() ? 1.0f : state.factors[static_cast<size_t>(n)];
  }
  kernels::Term<T> term(int t, int64_t n) const;
  void write_result(int t, int64_t n);
  void prepare_gradient_sums(StepState<T>& state, int64_t channels) const;
  void sum_pending(const Step& step, int64_t n, const T* d, int64_t stride, int64_t first,
                   int64_t count);
  void sum_gradient(const Step& step, StepState<T>& state, int64_t n) const;
  NormGradient norm_gradient(const Step& step, StepState<T>& state);

  // --- convolutions: fused_forward-inl.h, fused_backward-inl.h, fused_inference-inl.h

  /// The rows of the matrix of some pixels.
  struct Matrix {
    const T* data;
    int64_t stride;
  };
  int halves(const Step& step) const { return step.kind == Kind::kReduction ? 2 : 1; }
  int convolution_of(const Step& step, int part) const {
    return step.twin.op >= 0 && part == 1 ? step.twin.convolution : step.convolutions[part];
  }
  int convolution_count(const Step& step) const {
    return step.kind == Kind::kReduction || step.twin.op >= 0 ? 2 : 1;
  }
  float* bordered_image(const Rows& rows, Scratch<T>& own) const;
  void fill_image(const Step& step, const Rows& rows, int64_t n, int first, int last,
                  Scratch<T>& own) const;
  Matrix band(const Rows& rows, const StepState<T>& state, int half, int first, int count,
              Scratch<T>& own) const;
  Matrix tile(const Step& step, const Rows& rows, int64_t n, int64_t first, int64_t count,
              Scratch<T>& own) const;
  void multiply_band(const Rows& rows, const StepState<T>& state, int half, int first, int count,
                     Scratch<T>& own, T* out, int64_t out_stride,
                     const kernels::Finish<T>& finish) const;
  void activate_image(const Step& step, const Rows& rows, int64_t n, Scratch<T>& own) const;
  void pointwise_forward(const Step& step, StepState<T>& state, int64_t n, Scratch<T>& own);
  void image_forward(const Step& step, StepState<T>& state, int64_t n, Scratch<T>& own);
  void pack_weights(const Step& step, StepState<T>& state);

  bool weights_changed();
  void fold_weights(const Step& step, StepState<T>& state);
  void convolution_inference(int t);

  /// A group of images on the way back through a convolution.
  struct Backward {
    const Step& step;
    const StepState<T>& state;
    const Rows& rows;
    std::vector<NormPart> parts;
    int64_t channels;       // of the raw convolution
    int64_t first, floats;  // of the weights' gradients in those of the stage

    float* gradients = nullptr;  // of this group's weights
    AlignedFloats scale;         // of d, with the image's drop-path
    int64_t n = 0;
  };
  Backward way_back(int t, int64_t first) const;
  View result_gradient(const Step& step, const NormPart& part) const {
    if (part.output.buffer >= 0) return gradient(part.output);
    return {this, step.pending_gradient, 0};
  }
  void write_raw_gradient(const Backward& of, int64_t first, int64_t count, T* out) const;
  const T* raw_gradient(const Backward& of, int64_t first, int64_t count, int64_t most,
                        Scratch<T>& own) const;
  void convolution_backward(Backward& of, int64_t n, Scratch<T>& own);
  void pointwise_backward(const Backward& of, Scratch<T>& own);
  void depthwise_backward(const Backward& of, Scratch<T>& own);
  float* bordered_gradient(const Rows& rows, int64_t channels, const kernels::Border& border,
                           Scratch<T>& own) const;
  void windows_backward(const Backward& of, Scratch<float>& own);
  void windows_input_gradient(const Backward& of, const std::vector<WindowsBack>& back,
                              const float* d, int64_t d_row, Scratch<float>& own);
  void transform_weights(const Rows& rows, PackedConvolution<float>& packed) const;
  void winograd_forward(const Step& step, StepState<T>& state, int64_t n, Scratch<float>& own);
  void winograd_backward(const Backward& of, Scratch<float>& own);
  AlignedFloats weights_from_winograd(const Rows& rows, const float* gradient, int64_t tap) const;
  /// Transformed weights are twice as many: six for three, or twice seven for seven.
  int64_t weight_gradient_size(const Rows& rows, const PackedConvolution<T>& weights) const {
    return (kWindows && rows.winograd ? 2 : 1) * weights.gradient_size();
  }
  void patches_backward(const Backward& of, Scratch<T>& own);
  void add_weight_gradients(const Backward& of, const float* sum);

  // --- pools, copies, ReLUs: fused_pools-inl.h

  kernels::PoolShape pool_shape(const Step& step) const;
  void pool_forward(int t, int64_t n, int64_t first, int64_t last, Scratch<T>& own) const;
  void pool_inference(int t);
  void pool_backward(int t, int64_t n, Scratch<T>& own) const;
  void copy_backward(const Step& step, int64_t n) const;
  void relu_forward(const Step& step, int64_t n) const;
  void relu_backward(const Step& step, int64_t n) const;

  // --- layer norm and instance norm: fused_normalize-inl.h

  struct Moments {
    std::vector<double> mean, inverse;
  };
  Moments moments(const Step& step, const T* x, int64_t stride) const;
  double values_normalised(const Step& step) const;
  void join(const Step& step, std::vector<double>& sums) const;
  void normalize_forward(const Step& step, int64_t n) const;
  void normalize_backward(const Step& step, StepState<T>& state, int64_t n) const;
  void add_gain_gradients(const Step& step, StepState<T>& state);

  // --- heads: fused_heads-inl.h

  void global_pool_forward(const Step& step, int64_t n) const;
  void global_pool_backward(const Step& step, int64_t n) const;
  void linear_forward(int t, int64_t n, float* logits) const;
  void linear_backward(int t, int64_t n, const Tensor& d);
  void add_linear_gradients(int t, const Tensor& d);

  // --- memory of the works to come: fused_ahead-inl.h

  /// Memory that a work reads of an image: the lines of the first image, `pitch` bytes from one
  /// image's to the next one's.
  struct Wanted {
    kernels::Ahead::Lines lines;
    int64_t pitch;
  };
  /// By work of a stage.
  using WantedByWork = std::vector<std::vector<Wanted>>;
  void want(const View& view, const Shape& shape, std::vector<Wanted>& wanted) const;
  WantedByWork wanted_by(const Stage& stage) const;
  void look_ahead(const Stage& stage, const WantedByWork& wanted, size_t index, int64_t n,
                  int64_t last, kernels::Ahead& ahead) const;

  // --- whole passes: fused_passes-inl.h

  int64_t images_at_once(const Images& images, bool training) const;
  void forward_at_once(const Images& images, int64_t first, const Pass& pass, Logits& logits);
  std::vector<float> mask_of(int drop, const Pass& pass) const;
  void draw_masks(const Step& step, StepState<T>& state, const Pass& pass) const;
  void enter(int stage) const;
  void take_images(const float* pixels);
  float* logits_at(int t) const {
    return std::find_if(logits_.begin(), logits_.end(),
                        [&](const auto& one) { return one.first == t; })
        ->second;
  }
  template <class L>
  auto& logits_of(const Step& step, L& logits) const {
    return step.op == graph_.logits ? logits.main : logits.auxiliary;
  }
  /// A convolution, one way or the other: what takes the time in training.
  bool multiplies(const Work& work) const {
    return work.kind != Work::Kind::kResult && work.kind != Work::Kind::kGradientSums &&
           is_convolution(step(work.step));
  }
  void run_image(const Work& work, int64_t n, Scratch<T>& own);
  void run_inference(const Work& work);
  void run_training(const Stage& stage);
  void prepare_backward(const Work& work);
  void run_image_backward(const Work& work, int64_t n, const Logits& above, Scratch<T>& own);
  void run_backward(const Stage& stage, const Logits& above);
  void set_zeros(const Work& work, int64_t n) const;

  const graph::Graph& graph_;
  SharedMemory<T>& shared_;
  // Of the last pass:
  const Plan* plan_ = nullptr;
  std::vector<TensorView> parameters_;
  const GradientPlaces* gradients_ = nullptr;
  std::vector<std::pair<int, float*>> logits_;  // by linear step, where its results go
  int64_t images_ = 0;
  double statistics_share_ = 0;  // of the batch in the running statistics
  T* memory_ = nullptr;
  std::unique_ptr<Arena> arena_;
  // Kept from one to the next:
  std::vector<StepState<T>> states_;
  AlignedFloats weight_gradients_;
  /// Of the parameters that the weights of inference were made from, and SharedMemory::trained.
  std::vector<std::pair<const void*, uint64_t>> versions_;
  uint64_t trained_ = 0;
};

}  // namespace nasnet::fused
