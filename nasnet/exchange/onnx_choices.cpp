#include <algorithm>
#include <numeric>

#include "nasnet/exchange/onnx_operators.h"

// Operators whose results depend on values by order or by place.

namespace nasnet::exchange::onnx_operators {

OnnxTensor gather(const OnnxCall& call) {
  const OnnxTensor &x = call.input(0), &places = call.input(1);
  if (!places.is_integer) call.fail("its places are no integers");
  const size_t axis = call.axis(0, x.shape.size());
  const int64_t edge = x.shape[axis];
  const auto middle = x.shape.begin() + static_cast<int64_t>(axis);
  const int64_t before = element_count({x.shape.begin(), middle});
  const int64_t inner = element_count({middle + 1, x.shape.end()});
  // The axis gives way to the places' own edges.
  std::vector<int64_t> shape(x.shape.begin(), middle);
  shape.insert(shape.end(), places.shape.begin(), places.shape.end());
  shape.insert(shape.end(), middle + 1, x.shape.end());
  OnnxTensor y = call.make_like(x, shape);
  const auto take = [&](auto OnnxTensor::*numbers) {
    auto out = (y.*numbers).begin();
    for (int64_t n = 0; n < before; ++n)
      for (const int64_t place : places.integers) {
        if (place < -edge || place >= edge) call.fail("a place is out of range");
        const int64_t counted = place < 0 ? place + edge : place;
        out = std::copy_n((x.*numbers).begin() + (n * edge + counted) * inner, inner, out);
      }
  };
  if (x.is_integer) {
    take(&OnnxTensor::integers);
  } else {
    take(&OnnxTensor::floats);
  }
  return y;
}

OnnxTensor non_zero(const OnnxCall& call) {
  const std::vector<int64_t>& truths = call.places(0);
  OnnxTensor y = call.make_integers({1, 0});
  for (size_t k = 0; k < truths.size(); ++k)
    if (truths[k] != 0) y.integers.push_back(static_cast<int64_t>(k));
  y.shape[1] = std::ssize(y.integers);
  return y;
}

std::vector<OnnxTensor> top_k(const OnnxCall& call) {
  const OnnxTensor& x = call.input(0);
  const int64_t count = call.place(1);
  if (x.shape.size() != 1 || call.integer("sorted", 1) != 1)
    call.fail("only lists are sorted here");
  if (count < 0 || count > x.shape[0]) call.fail("its list is shorter than the count asked for");
  const bool largest = call.integer("largest", 1) != 0;
  std::vector<OnnxTensor> results;
  results.push_back(call.make_like(x, {count}));
  results.push_back(call.make_integers({count}));
  const auto sort = [&](auto OnnxTensor::*numbers) {
    const auto& values = x.*numbers;
    std::vector<int64_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    // Stable: of equal values the lower place is first.
    std::ranges::stable_sort(order, [&](int64_t a, int64_t b) {
      const auto of_a = values[static_cast<size_t>(a)], of_b = values[static_cast<size_t>(b)];
      return largest ? of_a > of_b : of_a < of_b;
    });
    for (size_t k = 0; k < static_cast<size_t>(count); ++k) {
      results[1].integers[k] = order[k];
      (results[0].*numbers)[k] = values[static_cast<size_t>(order[k])];
    }
  };
  if (x.is_integer) {
    sort(&OnnxTensor::integers);
  } else {
    sort(&OnnxTensor::floats);
  }
  return results;
}

}  // namespace nasnet::exchange::onnx_operators
