// A counter in base two, whose digits are sums: a right half meets its left one in the place before
// it. At the tail, where the number of replicas is no power of two, a left half without a right one
// is the whole node.

#include "nasnet/train/tree_sum.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "nasnet/base/check.h"

namespace nasnet::train {

TreeSum::TreeSum(int64_t replicas, Add add) : replicas_(replicas), add_(std::move(add)) {
  NASNET_CHECK(replicas >= 1, "a step is of replicas");
}

int64_t TreeSum::end(const Node& node) const {
  return std::min((node.index + 1) << node.level, replicas_);
}

void TreeSum::push(Node node) {
  NASNET_CHECK(node.level >= 0 && node.index >= 0 && begin(node) < replicas_, "a node of the tree");
  NASNET_CHECK(nodes_.empty() || end(nodes_.back()) == begin(node),
               "nodes come from left to right");
  nodes_.push_back(node);
  for (;;) {
    Node& last = nodes_.back();
    const bool left = last.index % 2 == 0;
    if (left && last.index == 0 && end(last) == replicas_) return;  // the root
    if (left && end(last) < replicas_) return;                      // its right half is to come
    if (!left) {
      // Its left half is another process's.
      if (nodes_.size() < 2 || nodes_[nodes_.size() - 2] != Node{last.level, last.index - 1})
        return;
      add_(nodes_.size() - 2, nodes_.size() - 1);
      nodes_.pop_back();
    }
    nodes_.back() = {nodes_.back().level + 1, nodes_.back().index / 2};
  }
}

size_t TreeSum::most_places(int64_t replicas) {
  // Replica r finds a sum waiting for each one among r's binary digits.
  size_t most = 1;
  for (int64_t r = 1; r < replicas; ++r)
    most = std::max<size_t>(most, std::popcount(static_cast<uint64_t>(r)) + 1);
  return most;
}

}  // namespace nasnet::train
