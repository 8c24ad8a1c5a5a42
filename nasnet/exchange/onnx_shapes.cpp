#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/exchange/onnx_evaluator.h"

// Operators that move values and compute none. Each takes the forms alone that exports write, and
// refuses others: an oracle that guesses would let a wrong export pass.

namespace nasnet::exchange {

OnnxValue OnnxEvaluator::concat() {
  if (integer("axis", 0) != 1) fail("only channels are concatenated here");
  std::vector<int64_t> shape = image(0).shape;
  shape[1] = 0;
  for (size_t k = 0; k < node_->inputs.size(); ++k) {
    const std::vector<int64_t>& part = image(k).shape;
    if (part[0] != shape[0] || part[2] != shape[2] || part[3] != shape[3])
      fail("its inputs are of different sizes");
    shape[1] += part[1];
  }
  OnnxValue y = make(shape);
  float* out = y.data.data();
  for (int64_t n = 0; n < shape[0]; ++n)
    for (size_t k = 0; k < node_->inputs.size(); ++k) {
      const OnnxValue& part = image(k);
      const int64_t count = part.shape[1] * part.shape[2] * part.shape[3];
      out = std::copy_n(part.data.data() + n * count, count, out);
    }
  NASNET_CHECK(out == y.data.data() + y.data.size(), "the parts fill the whole");
  return y;
}

OnnxValue OnnxEvaluator::shape() {
  shapes_[node_->outputs[0]] = input(0).shape;
  return {};
}

OnnxValue OnnxEvaluator::slice() {
  const OnnxValue& x = image(0);
  const std::vector<int64_t>&starts = places(1), &ends = places(2), &axes = places(3),
        &steps = places(4);
  if (axes != std::vector<int64_t>{2, 3} || starts.size() != 2 || ends.size() != 2 ||
      steps.size() != 2)
    fail("only rows and columns are sliced here");
  // By axis: pixels of the result, and the first that is read.
  int64_t count[2], first[2];
  for (size_t k = 0; k < 2; ++k) {
    const int64_t edge = x.shape[2 + k], end = std::min(ends[k], edge);
    first[k] = starts[k] < 0 ? starts[k] + edge : starts[k];
    // The one step back is that of OnnxNodes::turned().
    if (steps[k] == -1 && starts[k] == -1 && ends[k] < -edge) {
      count[k] = edge;
    } else if (starts[k] < 0 || starts[k] >= end || steps[k] < 1) {
      fail("its places are out of range");
    } else {
      count[k] = (end - starts[k] + steps[k] - 1) / steps[k];
    }
  }
  OnnxValue y = make({x.shape[0], x.shape[1], count[0], count[1]});
  float* out = y.data.data();
  for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
    for (int64_t r = 0; r < count[0]; ++r)
      for (int64_t c = 0; c < count[1]; ++c)
        *out++ = x.data[(plane * x.shape[2] + first[0] + r * steps[0]) * x.shape[3] + first[1] +
                        c * steps[1]];
  NASNET_CHECK(out == y.data.data() + y.data.size(), "the slices fill the result");
  return y;
}

OnnxValue OnnxEvaluator::pad() {
  const OnnxValue& x = image(0);
  const std::vector<int64_t>& by = places(1);
  if (by.size() != 8 || by[0] || by[1] || by[4] || by[5] || node_->inputs.size() > 2)
    fail("only rows and columns are padded here, with zeros");
  for (const int64_t edge : by)
    // ONNX cuts where a place is negative, which no export does; the bound keeps sums from
    // overflowing.
    if (edge < 0 || edge > 1 << 16) fail("its places are out of range");
  const int64_t rows = x.shape[2], columns = x.shape[3];
  OnnxValue y = make({x.shape[0], x.shape[1], rows + by[2] + by[6], columns + by[3] + by[7]});
  for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
    for (int64_t r = 0; r < rows; ++r)
      std::copy_n(x.data.data() + (plane * rows + r) * columns, columns,
                  y.data.data() + (plane * y.shape[2] + r + by[2]) * y.shape[3] + by[3]);
  return y;
}

OnnxValue OnnxEvaluator::reshape() {
  OnnxValue x = input(0);
  std::vector<int64_t> shape = places(1);
  int64_t known = 1;
  size_t open = shape.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    // Only one edge may be left open by -1: it follows from the others.
    if (shape[i] == 0 && i < x.shape.size()) shape[i] = x.shape[i];
    if (shape[i] == -1 && open == shape.size()) {
      open = i;
    } else if (shape[i] < 1 || __builtin_mul_overflow(known, shape[i], &known)) {
      fail("its shape is damaged");
    }
  }
  if (open < shape.size()) shape[open] = static_cast<int64_t>(x.data.size()) / known;
  if (element_count(shape) != static_cast<int64_t>(x.data.size())) fail("its shape does not fit");
  x.shape = std::move(shape);
  return x;
}

OnnxValue OnnxEvaluator::flatten() {
  OnnxValue x = input(0);
  if (integer("axis", 1) != 1 || x.shape.empty() || x.shape[0] < 1)
    fail("only images are flattened here");
  x.shape = {x.shape[0], static_cast<int64_t>(x.data.size()) / x.shape[0]};
  return x;
}

}  // namespace nasnet::exchange
