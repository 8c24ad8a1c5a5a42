#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace nasnet::train {

/// The one order in which the contributions of a step's replicas are added up, whoever computes
/// them: a binary tree over the replicas' numbers. The node (level, index) is the sum of replicas
/// index * 2^level to (index + 1) * 2^level - 1, as many of them as there are; it is its left half
/// plus its right half. So parts of the sum that different processes have made come to the same
/// bits as one process's.
///
/// Nodes are pushed from left to right; halves that are whole are added at once. Those that wait
/// lie in places 0, 1, ...: at most most_places() of them.
class TreeSum {
 public:
  struct Node {
    int level = 0;
    int64_t index = 0;
    bool operator==(const Node&) const = default;
  };
  /// Adds the sum in place `from` to that in place `to`.
  using Add = std::function<void(size_t to, size_t from)>;

  TreeSum(int64_t replicas, Add add);

  /// Where the next node's sum is to lie when it is pushed.
  size_t place() const { return nodes_.size(); }
  /// The node lies right of those before it, and next to the last of them.
  void push(Node node);
  void push_replica(int64_t number) { push({0, number}); }

  /// The nodes that wait: the one in place 0 alone once all replicas are in.
  const std::vector<Node>& nodes() const { return nodes_; }

  /// How many places replicas [0, replicas) need, one after the other, the last one's included.
  static size_t most_places(int64_t replicas);

 private:
  int64_t begin(const Node& node) const { return node.index << node.level; }
  int64_t end(const Node& node) const;

  int64_t replicas_;
  Add add_;
  std::vector<Node> nodes_;
};

}  // namespace nasnet::train
