#pragma once

#include <cstdint>

#include "nasnet/graph/graph.h"

namespace nasnet::graph {

/// Padding of one edge pair: TF SAME puts the odd one at the end.
struct Padding {
  int64_t begin = 0, end = 0;
};

/// Of an operator with windows; `before` is the shape of its input.
Padding vertical_padding(const Operator& op, const Shape& before);
Padding horizontal_padding(const Operator& op, const Shape& before);

}  // namespace nasnet::graph
