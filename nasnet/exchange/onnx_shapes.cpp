#include <algorithm>
#include <numeric>

#include "nasnet/exchange/onnx_operators.h"
#include "nasnet/exchange/onnx_view.h"

// Operators that give values another shape or order, of tensors with any number of edges.

namespace nasnet::exchange::onnx_operators {

OnnxTensor shape(const OnnxCall& call) {
  const std::vector<int64_t>& edges = call.input(0).shape;
  return {{std::ssize(edges)}, {}, edges, true};
}

OnnxTensor range(const OnnxCall& call) {
  if (call.place(0) != 0 || call.place(2) != 1) call.fail("only 0, 1, 2 ... are counted here");
  OnnxTensor y = call.make_integers({std::max<int64_t>(call.place(1), 0)});
  std::iota(y.integers.begin(), y.integers.end(), 0);
  return y;
}

OnnxTensor reshape(const OnnxCall& call) {
  OnnxTensor x = call.input(0);
  std::vector<int64_t> shape = call.places(1);
  int64_t known = 1;
  size_t open = shape.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    // 0 keeps an edge, -1 takes what is left: one at most.
    if (shape[i] == 0 && i < x.shape.size()) shape[i] = x.shape[i];
    if (shape[i] == -1 && open == shape.size()) {
      open = i;
    } else if (shape[i] < 0 || __builtin_mul_overflow(known, shape[i], &known)) {
      call.fail("its shape is damaged");
    }
  }
  const int64_t count = element_count(x.shape);
  if (open < shape.size() && known == 0) call.fail("its shape leaves an edge undefined");
  if (open < shape.size()) shape[open] = count / known;
  if (element_count(shape) != count) call.fail("its shape does not fit");
  x.shape = std::move(shape);
  return x;
}

OnnxTensor flatten(const OnnxCall& call) {
  OnnxTensor x = call.input(0);
  if (call.integer("axis", 1) != 1 || x.shape.empty()) call.fail("only images are flattened here");
  const int64_t row = element_count({x.shape.begin() + 1, x.shape.end()});
  x.shape = {x.shape[0], row};
  return x;
}

OnnxTensor unsqueeze(const OnnxCall& call) {
  OnnxTensor x = call.input(0);
  const int64_t axis = call.place(1);
  if (axis < 0 || axis > std::ssize(x.shape)) call.fail("its axis is not there");
  x.shape.insert(x.shape.begin() + axis, 1);
  return x;
}

OnnxTensor concat(const OnnxCall& call) {
  const OnnxTensor& first = call.input(0);
  const size_t axis = call.axis(first.shape.size() > 1 ? 1 : 0, first.shape.size());
  std::vector<int64_t> shape = first.shape;
  shape[axis] = 0;
  for (size_t k = 0; k < call.inputs(); ++k) {
    std::vector<int64_t> part = call.input(k).shape;
    if (part.size() != shape.size() || call.input(k).is_integer != first.is_integer)
      call.fail("its inputs are of two kinds");
    std::swap(part[axis], shape[axis]);
    shape[axis] += part[axis];
    part[axis] = shape[axis];
    if (part != shape) call.fail("its inputs are of different sizes");
  }
  OnnxTensor y = call.make_like(first, shape);
  const int64_t before = element_count({shape.begin(), shape.begin() + static_cast<int64_t>(axis)});
  const auto join = [&](auto OnnxTensor::*numbers) {
    auto out = (y.*numbers).begin();
    for (int64_t n = 0; n < before; ++n)
      for (size_t k = 0; k < call.inputs(); ++k) {
        const auto& part = call.input(k).*numbers;
        const int64_t count = std::ssize(part) / before;
        out = std::copy_n(part.begin() + n * count, count, out);
      }
  };
  if (first.is_integer) {
    join(&OnnxTensor::integers);
  } else {
    join(&OnnxTensor::floats);
  }
  return y;
}

OnnxTensor slice(const OnnxCall& call) {
  const OnnxTensor& x = call.input(0);
  const std::vector<int64_t>&starts = call.places(1), &ends = call.places(2),
        &axes = call.places(3);
  const std::vector<int64_t> ones(axes.size(), 1);
  const std::vector<int64_t>& steps = call.has(4) ? call.places(4) : ones;
  if (starts.size() != axes.size() || ends.size() != axes.size() || steps.size() != axes.size())
    call.fail("its places are of different numbers");
  std::vector<int64_t> shape = x.shape;
  OnnxView view{0, row_major_strides(x.shape)};
  for (size_t k = 0; k < axes.size(); ++k) {
    const int64_t edges = std::ssize(shape), axis = axes[k] < 0 ? axes[k] + edges : axes[k];
    if (axis < 0 || axis >= edges || steps[k] == 0) call.fail("its places are out of range");
    const int64_t edge = shape[static_cast<size_t>(axis)];
    // Below 0 places count from the end; then they are clamped to what the step can reach.
    const auto clamped = [&](int64_t place) {
      const int64_t counted = place < 0 ? place + edge : place;
      return steps[k] > 0 ? std::clamp<int64_t>(counted, 0, edge)
                          : std::clamp<int64_t>(counted, -1, edge - 1);
    };
    const int64_t start = clamped(starts[k]), end = clamped(ends[k]);
    const int64_t towards = steps[k] > 0 ? 1 : -1;
    const int64_t step = std::clamp(steps[k], -edge - 1, edge + 1);  // further leads out as well
    int64_t& stride = view.strides[static_cast<size_t>(axis)];
    view.first += start * stride;
    stride *= step;
    shape[static_cast<size_t>(axis)] = std::max<int64_t>((end - start + step - towards) / step, 0);
  }
  return copy_view(call, x, std::move(shape), view);
}

OnnxTensor transpose(const OnnxCall& call) {
  const OnnxTensor& x = call.input(0);
  const std::vector<int64_t> order = call.integers("perm");
  std::vector<int64_t> sorted = order;
  std::ranges::sort(sorted);
  const std::vector<int64_t> strides = row_major_strides(x.shape);
  if (sorted.size() != strides.size()) call.fail("its order is of another length");
  std::vector<int64_t> shape;
  OnnxView view;
  for (size_t axis = 0; axis < order.size(); ++axis) {
    if (sorted[axis] != static_cast<int64_t>(axis)) call.fail("its order is damaged");
    shape.push_back(x.shape[static_cast<size_t>(order[axis])]);
    view.strides.push_back(strides[static_cast<size_t>(order[axis])]);
  }
  return copy_view(call, x, std::move(shape), view);
}

OnnxTensor expand(const OnnxCall& call) {
  const OnnxTensor& x = call.input(0);
  const OnnxTensor wanted{call.places(1), {}, {}, false};
  const std::vector<int64_t> shape = broadcast_shape(call, {&x, &wanted});
  return copy_view(call, x, shape, broadcast(call, x.shape, shape));
}

}  // namespace nasnet::exchange::onnx_operators
