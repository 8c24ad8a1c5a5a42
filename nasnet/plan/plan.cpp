#include "nasnet/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/plan/parts.h"

namespace nasnet::plan {
namespace {

using graph::Operator;
using graph::OperatorKind;

class Planner {
 public:
  Planner(const graph::Graph& graph, const PlanSettings& settings)
      : graph_(graph), image_gradient_(settings.image_gradient) {
    plan_.training = settings.training;
    plan_.outputs = settings.outputs;
    if (!plan_.outputs.empty()) return;
    plan_.outputs = {graph.logits};
    if (plan_.training && graph.auxiliary_logits >= 0)
      plan_.outputs.push_back(graph.auxiliary_logits);
  }

  Plan make() {
    check_outputs();
    find_readers();
    join_pools();
    find_pending();
    place_values();
    for (int i = 0; i < static_cast<int>(graph_.operators.size()); ++i) {
      if (needed_[static_cast<size_t>(i)]) add_steps(i);
      if (is_output(i)) add_output(i);
    }
    arrange_stages(graph_, image_gradient_, plan_);
    lay_out_memory(graph_, plan_);
    return std::move(plan_);
  }

 private:
  const Operator& op(int index) const { return graph_.operators[static_cast<size_t>(index)]; }
  OperatorKind kind(int index) const { return op(index).kind; }
  /// The caller is one.
  size_t reader_count(int index) const {
    return readers_[static_cast<size_t>(index)].size() + (is_output(index) ? 1 : 0);
  }
  int output_number(int index) const {
    return static_cast<int>(std::find(plan_.outputs.begin(), plan_.outputs.end(), index) -
                            plan_.outputs.begin());
  }
  bool is_output(int index) const {
    return output_number(index) < static_cast<int>(plan_.outputs.size());
  }
  Place& place(int index) { return plan_.places[static_cast<size_t>(index)]; }

  /// Has the operator a result that lies somewhere, or can be made of what does?
  bool has_result(int index) const {
    switch (kind(index)) {
      case OperatorKind::kConv:
      case OperatorKind::kDepthwiseConv:
      case OperatorKind::kSubsample:
      case OperatorKind::kDropout:
        return false;
      default:  // else the concatenation inside a factorised reduction
        return kind(index) != OperatorKind::kConcat || has_result(op(index).inputs[0]);
    }
  }

  void check_outputs() const {
    const auto count = static_cast<int>(graph_.operators.size());
    for (const int output : plan_.outputs) {
      if (output < 0 || output >= count)
        throw Error(fmt::format("there is no operator {} that could be an output", output));
      if (!has_result(output))
        throw Error(
            fmt::format("operator {} is a part of a fused step and no output; take its "
                        "batch norm, or what reads it",
                        output));
      if (std::count(plan_.outputs.begin(), plan_.outputs.end(), output) > 1)
        throw Error(fmt::format("operator {} is given twice as an output", output));
    }
  }

  // --- who reads what

  void find_readers() {
    const size_t count = graph_.operators.size();
    needed_.assign(count, false);
    readers_.assign(count, {});
    for (const int output : plan_.outputs) needed_[static_cast<size_t>(output)] = true;
    for (int i = static_cast<int>(count) - 1; i >= 0; --i) {
      if (!needed_[static_cast<size_t>(i)]) continue;
      for (const int input : op(i).inputs) {
        needed_[static_cast<size_t>(input)] = true;
        readers_[static_cast<size_t>(input)].push_back(i);
      }
    }
  }

  /// The same pool of the same value, where convolutions read both, is one value. (Where sums do,
  /// see is_repeated().)
  void join_pools() {
    same_.assign(graph_.operators.size(), -1);
    std::vector<int> pools;
    for (int i = 0; i < static_cast<int>(graph_.operators.size()); ++i) {
      if (!needed_[static_cast<size_t>(i)] || !is_pool(i) || !feeds_convolutions(i)) continue;
      const auto first = std::find_if(pools.begin(), pools.end(),
                                      [&](int other) { return are_same_pools(other, i); });
      if (first == pools.end()) {
        pools.push_back(i);
        continue;
      }
      same_[static_cast<size_t>(i)] = *first;
      needed_[static_cast<size_t>(i)] = false;
      std::erase(readers_[static_cast<size_t>(op(i).inputs[0])], i);
      std::vector<int>& readers = readers_[static_cast<size_t>(i)];
      std::vector<int>& all = readers_[static_cast<size_t>(*first)];
      all.insert(all.end(), readers.begin(), readers.end());
      readers.clear();
    }
  }

  bool are_same_pools(int a, int b) const {
    const Operator& one = op(a);
    const Operator& other = op(b);
    return one.kind == other.kind && one.inputs == other.inputs &&
           one.kernel_height == other.kernel_height && one.stride_height == other.stride_height &&
           one.zeros == other.zeros && one.same == other.same;
  }

  int only_reader(int index) const {
    return reader_count(index) == 1 && !is_output(index) ? readers_[static_cast<size_t>(index)][0]
                                                         : -1;
  }

  bool is_convolution(int index) const {
    return kind(index) == OperatorKind::kConv || kind(index) == OperatorKind::kDepthwiseConv;
  }

  bool is_pool(int index) const {
    return kind(index) == OperatorKind::kAvgPool || kind(index) == OperatorKind::kMaxPool;
  }

  /// The concatenation inside a factorised reduction.
  bool joins_reduction(int index) const {
    const int reader = only_reader(index);
    return kind(index) == OperatorKind::kConcat && reader >= 0 &&
           kind(reader) == OperatorKind::kBatchNorm;
  }

  /// A batch norm that one ReLU and then one convolution reads is left to that convolution.
  void find_pending() {
    pending_.assign(graph_.operators.size(), false);
    for (int i = 0; i < static_cast<int>(graph_.operators.size()); ++i) {
      if (kind(i) != OperatorKind::kBatchNorm) continue;
      const int relu = only_reader(i);
      if (relu < 0 || kind(relu) != OperatorKind::kRelu) continue;
      const int next = only_reader(relu);
      pending_[static_cast<size_t>(i)] = next >= 0 && is_convolution(next);
    }
    held_.assign(graph_.operators.size(), false);
    raw_.assign(graph_.operators.size(), {});
  }

  /// Can all readers apply the batch norm themselves? Then its result needs no memory in training.
  /// In inference norms are folded into their convolutions. Its place is known to be its own.
  bool can_be_held(int norm) const {
    if (!plan_.training || kind(norm) != OperatorKind::kBatchNorm) return false;
    for (const int reader : readers_[static_cast<size_t>(norm)]) {
      const bool can =
          is_convolution(reader) || kind(reader) == OperatorKind::kSubsample ||
          kind(reader) == OperatorKind::kAdd ||  // where the sum lies elsewhere: a copy
          is_pool(reader) || (kind(reader) == OperatorKind::kRelu && feeds_convolutions(reader));
      if (!can) return false;
    }
    return true;
  }

  bool feeds_convolutions(int index) const {
    const std::vector<int>& readers = readers_[static_cast<size_t>(index)];
    return std::all_of(readers.begin(), readers.end(), [&](int reader) {
      return is_convolution(reader) || kind(reader) == OperatorKind::kSubsample;
    });
  }

  /// A ReLU costs nothing inside a convolution or the global pool; for others it is a step.
  bool needs_step(int relu) const {
    for (const int reader : readers_[static_cast<size_t>(relu)])
      if (!is_convolution(reader) && kind(reader) != OperatorKind::kSubsample &&
          kind(reader) != OperatorKind::kGlobalPool)
        return true;
    return false;
  }

  // --- places

  int new_buffer(const graph::Shape& shape) {
    plan_.buffers.push_back({shape});
    plan_.gradient_of.push_back(-1);
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  /// Results of these steps can be written anywhere, and added to what is there.
  bool is_movable(int index) const {
    switch (kind(index)) {
      case OperatorKind::kBatchNorm:
        return !pending_[static_cast<size_t>(index)];
      case OperatorKind::kAvgPool:
      case OperatorKind::kMaxPool:
      case OperatorKind::kDropPath:
      case OperatorKind::kAdd:
      case OperatorKind::kConcat:
      case OperatorKind::kLayerNorm:
      case OperatorKind::kInstanceNorm:
        return true;
      default:
        return false;
    }
  }

  bool has_value(int index) const {
    switch (kind(index)) {
      case OperatorKind::kInput:
        return true;
      case OperatorKind::kRelu:
        return needs_step(index);
      case OperatorKind::kBatchNorm:
        return !pending_[static_cast<size_t>(index)];
      case OperatorKind::kConcat:
        return !joins_reduction(index);
      case OperatorKind::kConv:
      case OperatorKind::kDepthwiseConv:
      case OperatorKind::kSubsample:
      case OperatorKind::kDropout:
      case OperatorKind::kLinear:  // logits go straight to the caller
        return false;
      default:
        return true;
    }
  }

  void place_values() {
    plan_.places.assign(graph_.operators.size(), {});
    // Later values first, so that a concatenation within another lies in it.
    for (int i = static_cast<int>(graph_.operators.size()) - 1; i >= 0; --i) {
      if (!needed_[static_cast<size_t>(i)] || !has_value(i)) continue;
      if (place(i).buffer < 0) {
        place(i) = {new_buffer(op(i).output), 0};
        held_[static_cast<size_t>(i)] = can_be_held(i);
      }
      if (kind(i) == OperatorKind::kConcat) place_parts(i);
      if (kind(i) == OperatorKind::kAdd) place_terms(i);
      if (kind(i) == OperatorKind::kDropPath && reader_count(op(i).inputs[0]) == 1 &&
          is_movable(op(i).inputs[0]))
        place(op(i).inputs[0]) = place(i);
    }
  }

  void place_parts(int concat) {
    int channel = place(concat).channel;
    for (const int part : op(concat).inputs) {
      if (place(part).buffer < 0 && is_movable(part)) place(part) = {place(concat).buffer, channel};
      channel += op(part).output.channels;
    }
  }

  /// A term that nothing else reads is written where the sum lies.
  void place_terms(int sum) {
    for (const int term : op(sum).inputs)
      if (is_direct_term(term, sum)) place(term) = place(sum);
  }

  bool is_direct_term(int term, int sum) const {
    const bool writes =
        is_pool(term) || kind(term) == OperatorKind::kDropPath ||
        (kind(term) == OperatorKind::kBatchNorm && !pending_[static_cast<size_t>(term)]);
    return writes && only_reader(term) == sum;
  }

  // --- steps

  [[noreturn]] void fail(int index) const {
    throw Error(fmt::format("operator {} has no fused step; use --kernels reference", index));
  }

  StepInput value_of(int index) const {
    if (const int same = same_[static_cast<size_t>(index)]; same >= 0) index = same;
    const auto k = static_cast<size_t>(index);
    if (!pending_[k] && !held_[k]) return {.op = index, .from = plan_.places[k]};
    return {.op = index, .from = raw_[k].place, .norm = raw_[k].step, .pending = pending_[k]};
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
        return add_convolution(index);
      case OperatorKind::kAvgPool:
      case OperatorKind::kMaxPool:
        if (is_repeated(index)) return;
        return add_step(
            {.input = plain_input(index), .op = index, .kind = Pool{drop_path_of(index)}});
      case OperatorKind::kRelu:
        if (needs_step(index)) add_step({.input = plain_input(index), .op = index, .kind = Relu{}});
        return;
      case OperatorKind::kLayerNorm:
      case OperatorKind::kInstanceNorm:
        return add_step({.input = plain_input(index), .op = index, .kind = Normalize{}});
      case OperatorKind::kGlobalPool:
        return add_step({.input = input_of(index), .op = index, .kind = GlobalPool{}});
      case OperatorKind::kLinear:
        return add_linear(index);
      case OperatorKind::kAdd:
        for (const int term : op(index).inputs)
          if (!is_direct_term(term, index)) add_copy(term, place(index));
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
    const int reader = only_reader(index);
    return reader >= 0 && kind(reader) == OperatorKind::kDropPath ? reader : -1;
  }

  /// Has the same pool of the same value been added to the same sum? Then it only counts for more.
  bool is_repeated(int pool) {
    for (Step& step : plan_.steps) {
      Pool* known = as<Pool>(step);
      if (!known || step.output != place(pool) || !are_same_pools(step.op, pool)) continue;
      known->repeats.push_back(drop_path_of(pool));
      return true;
    }
    return false;
  }

  void add_convolution(int norm) {
    const int before = op(norm).inputs[0];
    if (kind(before) == OperatorKind::kConcat) return add_reduction(norm);
    if (kind(before) != OperatorKind::kConv) fail(norm);
    Convolution made{.convolutions = {before}};
    const int source = op(before).inputs[0];
    if (kind(source) == OperatorKind::kDepthwiseConv) {
      if (reader_count(source) != 1) fail(norm);
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
    const auto norm = static_cast<size_t>(step.op);
    if (plan_.training || pending_[norm]) made.raw = new_buffer(op(step.op).output);
    if (pending_[norm] && plan_.training) made.pending_gradient = new_buffer(op(step.op).output);
    raw_[norm] = {static_cast<int>(plan_.steps.size()), {made.raw, 0}};
    made.held = held_[norm];
    made.drop = drop_path_of(step.op);
    step.kind = std::move(made);
    add_step(std::move(step));
  }

  bool is_pointwise(const Step& step, const Convolution& made) const {
    if (made.is_reduction() || made.depthwise >= 0 || step.input.pending) return false;
    const Operator& one = op(made.convolutions[0]);
    return one.kernel_height * one.kernel_width * one.stride_height * one.stride_width == 1;
  }

  /// A norm whose result is written once, as it is.
  bool is_written_plainly(int norm) const {
    if (pending_[static_cast<size_t>(norm)]) return false;
    const int reader = only_reader(norm);
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
          !is_written_plainly(other.op))
        continue;
      const auto norm = static_cast<size_t>(step.op);
      first->twin = {step.op, made.convolutions[0], place(step.op), held_[norm]};
      raw_[norm] = {static_cast<int>(t), {first->raw, op(other.op).output.channels}};
      if (first->raw >= 0)
        plan_.buffers[static_cast<size_t>(first->raw)].shape.channels +=
            op(step.op).output.channels;
      return true;
    }
    return false;
  }

  void add_linear(int index) {
    if (!is_output(index)) fail(index);
    Linear made{.output = output_number(index)};
    if (const int before = op(index).inputs[0]; kind(before) == OperatorKind::kDropout)
      made.dropout = before;
    add_step({.input = plain_input(made.dropout >= 0 ? made.dropout : index),
              .op = index,
              .kind = made});
  }

  void add_concat(int index) {
    if (joins_reduction(index)) return;
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
    plan_.steps.push_back({.input = input, .op = index, .kind = Output{output_number(index)}});
  }

  /// Steps with a result of their own.
  void add_step(Step step) {
    step.output = place(step.op);
    plan_.steps.push_back(std::move(step));
  }

  const graph::Graph& graph_;
  const bool image_gradient_;
  Plan plan_;
  std::vector<bool> needed_, pending_, held_;
  std::vector<std::vector<int>> readers_;
  std::vector<int> same_;  // by pool: the one that is taken in its place, or -1
  /// Where the raw convolution of a batch norm lies, and whose result it is.
  struct Raw {
    int step = -1;
    Place place;
  };
  std::vector<Raw> raw_;  // by operator
};

}  // namespace

const Term* term_of(const Step& step) {
  if (const Convolution* one = as<Convolution>(step)) return &one->term;
  if (const Copy* one = as<Copy>(step)) return &one->term;
  return nullptr;
}

Plan make_plan(const graph::Graph& graph, const PlanSettings& settings) {
  return Planner(graph, settings).make();
}

}  // namespace nasnet::plan
