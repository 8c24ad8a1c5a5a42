// Questions about the graph that planning asks again and again, answered by who reads a value:
// fusing is safe exactly where nobody else reads what it leaves out.

#include "nasnet/plan/readers.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"

namespace nasnet::plan {

using graph::Operator;
using graph::OperatorKind;

Readers::Readers(const graph::Graph& graph, const std::vector<int>& outputs)
    : graph_(graph),
      outputs_(outputs),
      needed_(graph.operators.size(), false),
      readers_(graph.operators.size()),
      joined_(graph.operators.size(), -1) {
  check_outputs();
  find_readers();
  join_pools();
}

void Readers::check_outputs() const {
  for (const int output : outputs_) {
    if (output < 0 || output >= count())
      throw Error(fmt::format("there is no operator {} to be an output", output));
    if (!has_result(output))
      throw Error(
          fmt::format("operator {} is a part of a fused step and no output; take its batch norm, "
                      "or an operator that reads it",
                      output));
    if (std::count(outputs_.begin(), outputs_.end(), output) > 1)
      throw Error(fmt::format("operator {} is given twice as an output", output));
  }
}

/// Has the operator a result that lies somewhere, or can be made of what does?
bool Readers::has_result(int index) const {
  switch (kind(index)) {
    case OperatorKind::kConv:
    case OperatorKind::kDepthwiseConv:
    case OperatorKind::kSubsample:
    case OperatorKind::kDropout:
      return false;
    case OperatorKind::kConcat:  // not inside a factorised reduction
      return has_result(op(index).inputs[0]);
    default:
      return true;
  }
}

void Readers::find_readers() {
  for (const int output : outputs_) needed_[output] = true;
  for (int i = count() - 1; i >= 0; --i) {
    if (!is_needed(i)) continue;
    for (const int input : op(i).inputs) {
      needed_[input] = true;
      readers_[input].push_back(i);
    }
  }
}

void Readers::join_pools() {
  std::vector<int> pools;
  for (int i = 0; i < count(); ++i) {
    if (!is_needed(i) || !is_pool(i) || !feeds_convolutions(i)) continue;
    const auto first = std::find_if(pools.begin(), pools.end(),
                                    [&](int other) { return are_same_pools(other, i); });
    if (first == pools.end()) {
      pools.push_back(i);
      continue;
    }
    joined_[i] = *first;
    needed_[i] = false;
    std::erase(readers_[op(i).inputs[0]], i);
    std::vector<int>& readers = readers_[i];
    std::vector<int>& all = readers_[*first];
    all.insert(all.end(), readers.begin(), readers.end());
    readers.clear();
  }
}

bool Readers::are_same_pools(int a, int b) const {
  const Operator& one = op(a);
  const Operator& other = op(b);
  return one.kind == other.kind && one.inputs == other.inputs &&
         one.kernel_height == other.kernel_height && one.stride_height == other.stride_height &&
         one.zeros == other.zeros && one.same == other.same;
}

int Readers::joined(int pool) const {
  const int other = joined_[pool];
  return other >= 0 ? other : pool;
}

bool Readers::is_convolution(int index) const {
  return kind(index) == OperatorKind::kConv || kind(index) == OperatorKind::kDepthwiseConv;
}

bool Readers::is_norm(int index) const {
  return kind(index) == OperatorKind::kBatchNorm || kind(index) == OperatorKind::kBias;
}

bool Readers::is_pool(int index) const {
  return kind(index) == OperatorKind::kAvgPool || kind(index) == OperatorKind::kMaxPool;
}

int Readers::output_number(int index) const {
  const auto found = std::find(outputs_.begin(), outputs_.end(), index);
  return found == outputs_.end() ? -1 : static_cast<int>(found - outputs_.begin());
}

int Readers::only_reader(int index) const {
  return of(index).size() == 1 && output_number(index) < 0 ? of(index)[0] : -1;
}

bool Readers::feeds_convolutions(int index) const {
  return std::all_of(of(index).begin(), of(index).end(), [&](int reader) {
    return is_convolution(reader) || kind(reader) == OperatorKind::kSubsample;
  });
}

bool Readers::is_pending(int norm) const {
  if (!is_norm(norm)) return false;
  const int relu = only_reader(norm);
  if (relu < 0 || kind(relu) != OperatorKind::kRelu) return false;
  const int next = only_reader(relu);
  return next >= 0 && is_convolution(next);
}

bool Readers::can_apply(int norm) const {
  if (!is_norm(norm)) return false;
  return std::all_of(of(norm).begin(), of(norm).end(), [&](int reader) {
    return is_convolution(reader) || kind(reader) == OperatorKind::kSubsample ||
           kind(reader) == OperatorKind::kAdd ||  // where the sum lies elsewhere: a copy
           is_pool(reader) || (kind(reader) == OperatorKind::kRelu && feeds_convolutions(reader));
  });
}

bool Readers::needs_step(int relu) const {
  return std::any_of(of(relu).begin(), of(relu).end(), [&](int reader) {
    return !is_convolution(reader) && kind(reader) != OperatorKind::kSubsample &&
           kind(reader) != OperatorKind::kGlobalPool;
  });
}

bool Readers::joins_reduction(int concat) const {
  const int reader = only_reader(concat);
  return kind(concat) == OperatorKind::kConcat && reader >= 0 && is_norm(reader);
}

}  // namespace nasnet::plan
