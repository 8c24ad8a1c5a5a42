// TensorFlow's SAME padding, which depends on the size of the input, and PyTorch's, which does not.

#include "nasnet/graph/padding.h"

#include <algorithm>

namespace nasnet::graph {
namespace {

Padding padding(const Operator& op, int input, int output, int kernel, int stride) {
  if (!op.same) return {};
  const int window = (kernel - 1) * op.dilation + 1;
  const int64_t total = std::max((output - 1) * stride + window - input, 0);
  const int64_t begin = op.centred ? (window - 1) / 2 : total / 2;
  return {begin, std::max(total - begin, int64_t{0})};
}

}  // namespace

Padding vertical_padding(const Operator& op, const Shape& before) {
  return padding(op, before.height, op.output.height, op.kernel_height, op.stride_height);
}

Padding horizontal_padding(const Operator& op, const Shape& before) {
  return padding(op, before.width, op.output.width, op.kernel_width, op.stride_width);
}

}  // namespace nasnet::graph
