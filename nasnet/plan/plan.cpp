// Makes steps of operators: each operator whose result is stored becomes one, and takes in those
// before it that need no memory (ReLU, depthwise part, the convolution of a batch norm) and the
// drop-path behind it.

#include "nasnet/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/plan/parts.h"
#include "nasnet/plan/places.h"
#include "nasnet/plan/readers.h"

namespace nasnet::plan {
namespace {

using graph::Operator;
using graph::OperatorKind;

class Planner {
 public:
  Planner(const graph::Graph& graph, const PlanSettings& settings)
      : graph_(graph),
        settings_(settings),
        readers_(graph, settings.outputs),
        raw_(graph.operators.size()) {
    plan_.training = settings.training;
    plan_.outputs = settings.outputs;
  }

  Plan make() {
    held_ = place_values(readers_, plan_);
    for (int i = 0; i < readers_.count(); ++i) {
      if (readers_.is_needed(i)) add_steps(i);
      if (readers_.output_number(i) >= 0) add_output(i);
    }
    arrange_stages(graph_, settings_.image_gradient, plan_);
    if (plan_.training) add_recomputation(graph_, settings_.recomputed_cells, plan_);
    lay_out_memory(graph_, plan_);
    check_plan(graph_, plan_);
    return std::move(plan_);
  }

 private:
  const Operator& op(int index) const { return readers_.op(index); }
  OperatorKind kind(int index) const { return readers_.kind(index); }
  const Place& place(int index) const { return plan_.places[index]; }
  bool is_held(int index) const { return held_[index]; }

  [[noreturn]] void fail(int index) const {
    throw Error(fmt::format("operator {} has no fused step; use --kernels reference", index));
  }

  StepInput value_of(int index) const {
    index = readers_.joined(index);
    const bool pending = readers_.is_pending(index);
    if (!pending && !is_held(index)) return {.op = index, .from = place(index)};
    const Raw& raw = raw_[index];
    return {.op = index, .from = raw.place, .norm = raw.step, .pending = pending};
  }

  StepInput plain_input(int index) const { return value_of(op(index).inputs[0]); }

  StepInput input_of(int index) const {
    const int before = op(index).inputs[0];
    if (kind(before) != OperatorKind::kRelu) return value_of(before);
    StepInput input = plain_input(before);
    input.relu = true;
    return input;
  }

  void add_steps(int index) {
    switch (kind(index)) {
      case OperatorKind::kBatchNorm:
      case OperatorKind::kBias:
        return add_convolution(index);
      case OperatorKind::kUpsample:
        return add_step({.input = plain_input(index), .op = index, .kind = Upsample{}});
      case OperatorKind::kAvgPool:
      case OperatorKind::kMaxPool:
        if (is_repeated(index)) return;
        return add_step(
            {.input = plain_input(index), .op = index, .kind = Pool{drop_path_of(index)}});
      case OperatorKind::kRelu:
        if (readers_.needs_step(index))
          add_step({.input = plain_input(index), .op = index, .kind = Relu{}});
        return;
      case OperatorKind::kLayerNorm:
      case OperatorKind::kInstanceNorm:
        return add_step({.input = plain_input(index), .op = index, .kind = Normalize{}});
      case OperatorKind::kZero:
        return add_step({.input = plain_input(index), .op = index, .kind = Copy{.zero = true}});
      case OperatorKind::kGlobalPool:
        return add_step({.input = input_of(index), .op = index, .kind = GlobalPool{}});
      case OperatorKind::kLinear:
        return add_linear(index);
      case OperatorKind::kAdd:
        for (const int term : op(index).inputs)
          if (!is_direct_term(readers_, term, index)) add_copy(term, place(index));
        return;
      case OperatorKind::kConcat:
        return add_concat(index);
      case OperatorKind::kDropPath:
        if (place(op(index).inputs[0]) != place(index))
          add_copy(op(index).inputs[0], place(index), index);
        return;
      default:
        return;  // part of another step
    }
  }

  int drop_path_of(int index) const {
    const int reader = readers_.only_reader(index);
    return reader >= 0 && kind(reader) == OperatorKind::kDropPath ? reader : -1;
  }

  /// Has the same pool of the same value been added to the same sum? Then it only counts for more.
  bool is_repeated(int pool) {
    for (Step& step : plan_.steps) {
      Pool* known = as<Pool>(step);
      if (!known || step.output != place(pool) || !readers_.are_same_pools(step.op, pool)) continue;
      known->repeats.push_back(drop_path_of(pool));
      return true;
    }
    return false;
  }

  void add_convolution(int norm) {
    const int before = op(norm).inputs[0];
    if (kind(before) == OperatorKind::kConcat) return add_reduction(norm);
    if (kind(before) != OperatorKind::kConv)
      return add_normed({.input = value_of(before), .op = norm}, {});
    Convolution made{.convolutions = {before}};
    const int source = op(before).inputs[0];
    if (kind(source) == OperatorKind::kDepthwiseConv) {
      if (readers_.only_reader(source) < 0) fail(norm);
      made.depthwise = source;
    }
    const Step step{.input = input_of(made.depthwise >= 0 ? source : before), .op = norm};
    if (!join_twin(step, made)) add_normed(step, std::move(made));
  }

  void add_reduction(int norm) {
    Convolution made{.convolutions = op(op(norm).inputs[0]).inputs};
    Step step{.op = norm};
    for (const int half : made.convolutions) {
      const int sample = op(half).inputs[0];
      if (kind(sample) != OperatorKind::kSubsample) fail(norm);
      step.input = input_of(sample);
    }
    add_normed(step, std::move(made));
  }

  void add_normed(Step step, Convolution made) {
    const bool pending = readers_.is_pending(step.op);
    if (plan_.training || pending) made.raw = add_buffer(plan_, op(step.op).output);
    if (plan_.training && pending) made.pending_gradient = add_buffer(plan_, op(step.op).output);
    raw_[step.op] = {static_cast<int>(plan_.steps.size()), {made.raw, 0}};
    made.held = is_held(step.op);
    made.drop = drop_path_of(step.op);
    step.kind = std::move(made);
    add_step(std::move(step));
  }

  bool is_pointwise(const Step& step, const Convolution& made) const {
    if (made.is_reduction() || made.is_norm_alone() || made.depthwise >= 0 || step.input.pending)
      return false;
    const Operator& one = op(made.convolutions[0]);
    return one.kernel_height * one.kernel_width * one.stride_height * one.stride_width == 1;
  }

  /// A norm whose result is written once, as it is.
  bool is_written_plainly(int norm) const {
    if (readers_.is_pending(norm)) return false;
    const int reader = readers_.only_reader(norm);
    return reader < 0 ||
           (kind(reader) != OperatorKind::kAdd && kind(reader) != OperatorKind::kDropPath);
  }

  /// Makes the step part of an earlier one that reads the same in the same way, if there is one.
  bool join_twin(const Step& step, const Convolution& made) {
    if (!is_pointwise(step, made) || !is_written_plainly(step.op)) return false;
    for (size_t t = 0; t < plan_.steps.size(); ++t) {
      const Step& other = plan_.steps[t];
      Convolution* first = as<Convolution>(plan_.steps[t]);
      if (!first || !is_pointwise(other, *first) || first->twin.op >= 0 ||
          other.input.op != step.input.op || other.input.relu != step.input.relu ||
          op(other.op).takes_statistics() != op(step.op).takes_statistics() ||
          !is_written_plainly(other.op))
        continue;
      first->twin = {step.op, made.convolutions[0], place(step.op), is_held(step.op)};
      raw_[step.op] = {static_cast<int>(t), {first->raw, op(other.op).output.channels}};
      if (first->raw >= 0) plan_.buffers[first->raw].shape.channels += op(step.op).output.channels;
      return true;
    }
    return false;
  }

  void add_linear(int index) {
    if (readers_.output_number(index) < 0) fail(index);
    Linear made{.output = readers_.output_number(index)};
    if (const int before = op(index).inputs[0]; kind(before) == OperatorKind::kDropout)
      made.dropout = before;
    add_step({.input = plain_input(made.dropout >= 0 ? made.dropout : index),
              .op = index,
              .kind = made});
  }

  void add_concat(int index) {
    if (readers_.joins_reduction(index)) return;
    int channel = place(index).channel;
    std::vector<int> seen;
    for (const int part : op(index).inputs) {
      const Place slot = {place(index).buffer, channel};
      const bool again = std::find(seen.begin(), seen.end(), part) != seen.end();
      if (place(part) != slot || again) add_copy(part, slot);
      seen.push_back(part);
      channel += op(part).output.channels;
    }
  }

  void add_copy(int from, Place to, int drop = -1) {
    plan_.steps.push_back({.input = value_of(from), .op = from, .output = to, .kind = Copy{drop}});
  }

  /// ReLUs are made on the way.
  void add_output(int index) {
    if (kind(index) == OperatorKind::kLinear) return;  // gives its result itself
    const bool relu = kind(index) == OperatorKind::kRelu;
    StepInput input = relu ? plain_input(index) : value_of(index);
    input.relu = relu;
    plan_.steps.push_back(
        {.input = input, .op = index, .kind = Output{readers_.output_number(index)}});
  }

  /// Steps with a result of their own.
  void add_step(Step step) {
    step.output = place(step.op);
    plan_.steps.push_back(std::move(step));
  }

  /// Where the raw convolution of a batch norm lies, and whose result it is.
  struct Raw {
    int step = -1;
    Place place;
  };

  const graph::Graph& graph_;
  const PlanSettings& settings_;
  const Readers readers_;
  Plan plan_;
  std::vector<bool> held_;  // by operator, as raw_
  std::vector<Raw> raw_;
};

/// As the caller wants it, or the logits.
PlanSettings with_outputs(const graph::Graph& graph, PlanSettings settings) {
  if (!settings.outputs.empty()) return settings;
  settings.outputs = {graph.logits};
  if (settings.training && graph.auxiliary_logits >= 0)
    settings.outputs.push_back(graph.auxiliary_logits);
  return settings;
}

}  // namespace

const Term* term_of(const Step& step) {
  if (const Convolution* one = as<Convolution>(step)) return &one->term;
  if (const Copy* one = as<Copy>(step)) return &one->term;
  return nullptr;
}

Plan make_plan(const graph::Graph& graph, const PlanSettings& settings) {
  const PlanSettings complete = with_outputs(graph, settings);
  return Planner(graph, complete).make();
}

}  // namespace nasnet::plan
