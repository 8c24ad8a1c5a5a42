#pragma once

#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::plan {

/// The operators that the outputs need, and who reads what.
class Readers {
 public:
  /// Throws Error for outputs that cannot be: see PlanSettings.
  Readers(const graph::Graph& graph, const std::vector<int>& outputs);

  int count() const { return static_cast<int>(graph_.operators.size()); }
  const graph::Operator& op(int index) const {
    return graph_.operators[static_cast<size_t>(index)];
  }
  graph::OperatorKind kind(int index) const { return op(index).kind; }
  bool is_convolution(int index) const;
  bool is_pool(int index) const;

  bool is_needed(int index) const { return needed_[static_cast<size_t>(index)]; }
  /// The operator's number among the outputs, or -1.
  int output_number(int index) const;
  const std::vector<int>& of(int index) const { return readers_[static_cast<size_t>(index)]; }
  /// The one that reads it, or -1 where there are others, or the caller does.
  int only_reader(int index) const;
  /// Do convolutions read it only, or the caller, who can apply a norm as they do?
  bool feeds_convolutions(int index) const;

  /// A batch norm that one ReLU and then one convolution reads is left to that convolution.
  bool is_pending(int norm) const;
  /// Can all readers apply the batch norm themselves?
  bool can_apply(int norm) const;
  /// A ReLU costs nothing inside a convolution or the global pool; for others it is a step.
  bool needs_step(int relu) const;
  /// The concatenation inside a factorised reduction.
  bool joins_reduction(int concat) const;

  /// The pool that is taken in this one's place, or itself: the same pool of the same value, where
  /// convolutions read both, is one value.
  int joined(int pool) const;
  bool are_same_pools(int a, int b) const;

 private:
  void check_outputs() const;
  bool has_result(int index) const;
  void find_readers();
  void join_pools();

  const graph::Graph& graph_;
  const std::vector<int> outputs_;
  std::vector<bool> needed_;
  std::vector<std::vector<int>> readers_;
  std::vector<int> joined_;  // by operator, or -1
};

}  // namespace nasnet::plan
