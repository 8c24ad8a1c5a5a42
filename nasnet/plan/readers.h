#pragma once

// The readers of a value decide what can be fused: a value that only one operator reads needs no
// memory if that one computes it on the way.

#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::plan {

/// The operators that the outputs need, and the readers of each.
class Readers {
 public:
  /// Throws Error for outputs that cannot be: see PlanSettings.
  Readers(const graph::Graph& graph, const std::vector<int>& outputs);

  int count() const { return static_cast<int>(graph_.operators.size()); }
  const graph::Operator& op(int index) const { return graph_.operators[index]; }
  graph::OperatorKind kind(int index) const { return op(index).kind; }
  bool is_convolution(int index) const;
  bool is_pool(int index) const;
  /// A batch norm, or a bias in its place: a scale and a shift by channel, which follow a
  /// convolution.
  bool is_norm(int index) const;

  bool is_needed(int index) const { return needed_[index]; }
  /// The operator's number among the outputs, or -1.
  int output_number(int index) const;
  const std::vector<int>& of(int index) const { return readers_[index]; }
  /// Its only reader; -1 where there are several, or it is an output.
  int only_reader(int index) const;
  /// Are its only readers convolutions, which can apply a norm when loading, or the caller?
  bool feeds_convolutions(int index) const;

  /// A batch norm that one ReLU and then one convolution reads is left to that convolution.
  bool is_pending(int norm) const;
  /// Can all readers apply the batch norm themselves?
  bool can_apply(int norm) const;
  /// A ReLU costs nothing inside a convolution or the global pool; for others it is a step.
  bool needs_step(int relu) const;
  /// The concatenation inside a factorised reduction.
  bool joins_reduction(int concat) const;

  /// The pool that is computed in this one's place, or itself: equal pools of the same value that
  /// only convolutions read are one.
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
