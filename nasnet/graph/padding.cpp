#include "nasnet/graph/padding.h"

#include <algorithm>

namespace nasnet::graph {

Padding padding(int input, int output, int kernel, int stride, int dilation, bool same) {
  if (!same) return {};
  const int window = (kernel - 1) * dilation + 1;
  const int64_t total = std::max((output - 1) * stride + window - input, 0);
  return {total / 2, total - total / 2};
}

}  // namespace nasnet::graph
