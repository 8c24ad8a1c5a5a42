#pragma once

#include <cstdint>

namespace nasnet::graph {

/// Padding of one edge pair: TF SAME puts the odd one at the end.
struct Padding {
  int64_t begin = 0, end = 0;
};
Padding padding(int input, int output, int kernel, int stride, int dilation, bool same);

}  // namespace nasnet::graph
