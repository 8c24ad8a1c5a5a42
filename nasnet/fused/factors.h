#pragma once

// Drop-path (ScheduledDropPath, Zoph et al. 2018) and dropout as factors of values: 0 or 1 / keep.

#include <cstdint>
#include <iterator>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/graph/graph.h"
#include "nasnet/graph/pass.h"

namespace nasnet::fused {

/// The factors of a drop-path operator by image, or of dropout by value.
class Factors {
 public:
  /// Draws those of the operator for the pass; all ones where it keeps all, or is -1.
  void draw(const graph::Graph& graph, const graph::Pass& pass, int64_t images, int op);
  /// Adds those of another drop-path operator.
  void add(const graph::Graph& graph, const graph::Pass& pass, int64_t images, int op);

  bool are_ones() const { return values_.empty(); }
  float at(int64_t index) const {
    NASNET_DCHECK(values_.empty() || (index >= 0 && index < std::ssize(values_)));
    return values_.empty() ? 1.0f : values_[index];
  }

 private:
  std::vector<float> values_;
};

}  // namespace nasnet::fused
