// Scratch and weights of each kind of step, as its operator uses them: an operator that took more
// would write over another's memory, which sanitized builds find (fused/poison.h).

#include "nasnet/plan/step_memory.h"

#include <algorithm>

#include "nasnet/plan/limits.h"
#include "nasnet/plan/rows.h"

namespace nasnet::plan {
namespace {

using kernels::padded;

/// Pixels of an image with a border, `channels` each.
int64_t bordered(int height, int width, const kernels::Border& border, int64_t channels) {
  return int64_t{height + border.down()} * (width + border.across()) * channels;
}

class ConvolutionMemory {
 public:
  ConvolutionMemory(const graph::Graph& graph, const Step& step, const PassKind& kind)
      : graph_(graph),
        made_(std::get<Convolution>(step.kind)),
        rows_(graph, step, kind),
        training_(kind.training),
        values_(kind.values) {
    for (const int convolution : made_.convolutions) outputs_.push_back(channels(convolution));
    if (made_.twin.op >= 0) outputs_.push_back(channels(made_.twin.convolution));
    for (const int64_t some : outputs_) all_ += some;
    if (made_.is_norm_alone()) all_ = channels(step.op);
  }

  StepMemory get() {
    memory_.weights = depthwise_floats() * int64_t{sizeof(float)};
    // In training a twin's lie side by side with the other's.
    const bool joined = training_ && made_.twin.op >= 0;
    for (const int64_t outputs : joined ? std::vector<int64_t>{all_} : outputs_)
      add_weights(outputs);
    if (training_) {
      memory_.gradient += depthwise_floats();
      memory_.sums = 2 * all_ * int64_t{sizeof(double)} + padded(all_) * int64_t{sizeof(float)};
    }
    add_scratch();
    return memory_;
  }

 private:
  int64_t channels(int op) const { return graph_.operators[op].output.channels; }
  /// Rows of bf16 are pairs.
  int64_t even(int64_t count) const {
    return values_ == ValueType::kBf16 ? (count + 1) / 2 * 2 : count;
  }
  int64_t depthwise_floats() const {
    if (rows_.way != Way::kSeparable) return 0;
    return int64_t{rows_.window.kernel} * rows_.window.kernel * padded(rows_.in.channels);
  }

  void add_weights(int64_t outputs) {
    const int64_t inputs = rows_.in.channels, forward = even(rows_.inner) * padded(outputs);
    int64_t values = forward;
    if (training_)
      values += values_ == ValueType::kBf16 ? even(outputs) * padded(rows_.inner)
                                            : rows_.inner / inputs * outputs * padded(inputs);
    memory_.weights += values * bytes_of(values_);
    if (!training_) return;
    const bool winograd = rows_.way == Way::kWinograd;
    memory_.gradient += (winograd ? kWinogradGrowth : 1) * rows_.inner * padded(outputs);
    if (winograd) memory_.weights += kWinogradGrowth * values * int64_t{sizeof(float)};
  }

  void add_scratch() {
    const int64_t band = int64_t{rows_.band()} * rows_.width;
    const int64_t inner = even(rows_.inner), outputs = even(all_);
    ScratchSizes& scratch = memory_.scratch;
    if (rows_.way != Way::kPointwise && rows_.way != Way::kNone)
      scratch.image = rows_.padded_pixels() * rows_.in.channels;
    scratch.scale = training_ ? padded(all_) + kernels::kLanes : 0;
    switch (rows_.way) {
      case Way::kNone:
        if (training_) scratch.gradient = band * outputs;
        return;
      case Way::kPointwise:
        if (!rows_.direct || inner != rows_.inner) scratch.rows = rows_.tile() * inner;
        if (training_) scratch.gradient = rows_.tile() * outputs;
        return;
      case Way::kSeparable:
        scratch.rows = band * inner;
        if (!training_) return;
        scratch.gradient = band * outputs;
        scratch.products =
            bordered(rows_.height, rows_.width,
                     kernels::gradient_border(rows_.window, rows_.image_part()), rows_.inner);
        return;
      case Way::kWindows:
        if (training_)
          scratch.products = bordered(rows_.height, rows_.width, windows_border(), all_);
        return;
      case Way::kWinograd:
        add_winograd();
        return;
      case Way::kPatches:
        scratch.rows = band * inner;
        if (!training_) return;
        // Half a reduction whose channels are odd reads a value more, times zero.
        scratch.gradient = band * outputs + 1;
        scratch.back = rows_.padded_pixels() * rows_.in.channels;
        scratch.products = band * rows_.inner;
        return;
    }
  }

  kernels::Border windows_border() const {
    kernels::Border border;
    for (size_t half = 0; half < made_.convolutions.size(); ++half)
      border = kernels::around(
          border, WindowsBack(rows_, static_cast<int>(half), outputs_[half], all_).border());
    return border;
  }

  void add_winograd() {
    const WinogradRows tiles(rows_);
    const int64_t inputs = rows_.in.channels;
    const int64_t most = tiles.points * std::max(inputs, all_);
    memory_.scratch.back = most * tiles.in_rows;
    memory_.scratch.transformed = most * tiles.rows;
    memory_.scratch.products = std::max(bordered(rows_.height, rows_.width, rows_.border, all_),
                                        pixels(rows_.in) * inputs);
  }

  const graph::Graph& graph_;
  const Convolution& made_;
  const Rows rows_;
  const bool training_;
  const ValueType values_;
  std::vector<int64_t> outputs_;  // of each convolution
  int64_t all_ = 0;
  StepMemory memory_;
};

StepMemory step_memory(const graph::Graph& graph, const Plan& plan, const Step& step,
                       ValueType values) {
  if (as<Convolution>(step))
    return ConvolutionMemory(graph, step, {.training = plan.training, .values = values}).get();
  StepMemory memory;
  const graph::Shape& shape = graph.operators[step.op].output;
  if (as<Normalize>(step) && plan.training)
    memory.sums = 2 * shape.channels * int64_t{sizeof(double)};
  if (const Pool* pool = as<Pool>(step)) {
    const bool direct = !step.adds && pool->drop < 0 && pool->repeats.empty();
    if (!direct) memory.scratch.pooled = shape.elements();
    // Of the input's rows and the result's columns, a vector of channels at a time; on the way back
    // of a maximum also its index and its gradient.
    const graph::Shape& in = graph.operators[step.input.op].output;
    const bool three =
        plan.training && graph.operators[step.op].kind == graph::OperatorKind::kMaxPool;
    memory.scratch.windows = (three ? 3 : 1) * int64_t{in.height} * shape.width * kernels::kLanes;
  }
  return memory;
}

}  // namespace

void ScratchSizes::include(const ScratchSizes& other) {
  for (int64_t ScratchSizes::*size :
       {&ScratchSizes::image, &ScratchSizes::products, &ScratchSizes::back,
        &ScratchSizes::transformed, &ScratchSizes::scale, &ScratchSizes::windows,
        &ScratchSizes::rows, &ScratchSizes::gradient, &ScratchSizes::pooled})
    this->*size = std::max(this->*size, other.*size);
}

int64_t ScratchSizes::bytes(int64_t value_bytes) const {
  return (image + products + back + transformed + scale + windows) * int64_t{sizeof(float)} +
         (rows + gradient + pooled) * value_bytes;
}

int64_t StageGradients::bytes(int64_t images) const {
  return floats * groups_of(images, largest) * int64_t{sizeof(float)};
}

PlanMemory::PlanMemory(const graph::Graph& graph, const Plan& plan, ValueType values) {
  for (const Step& step : plan.steps) {
    steps.push_back(step_memory(graph, plan, step, values));
    scratch.include(steps.back().scratch);
  }
}

StageGradients PlanMemory::gradients(const Stage& stage) const {
  StageGradients sum;
  for (const Work& work : stage) {
    if (work.kind != Work::Kind::kBackward) continue;
    const int64_t floats = steps[work.step].gradient;
    sum.floats += floats;
    sum.largest = std::max(sum.largest, floats);
  }
  return sum;
}

}  // namespace nasnet::plan
