#include <cmath>

#include "nasnet/exchange/onnx_operators.h"
#include "nasnet/exchange/onnx_view.h"

// Operators that go value by value, with ONNX's broadcasting where there are several inputs.

namespace nasnet::exchange::onnx_operators {
namespace {

/// function(a, b) of two lists of numbers, into a third.
template <class In, class Out, class Function>
void combine_into(const OnnxCall& call, const std::vector<In>& a, const std::vector<In>& b,
                  const std::vector<int64_t>& shape, std::vector<Out>& y, Function function) {
  auto out = y.begin();
  for_each_value<2>(
      shape,
      {broadcast(call, call.input(0).shape, shape), broadcast(call, call.input(1).shape, shape)},
      [&](const auto& at) {
        *out++ = static_cast<Out>(
            function(a[static_cast<size_t>(at[0])], b[static_cast<size_t>(at[1])]));
      });
}

/// Both are floats or both are integers, and so is the result.
template <class Function>
OnnxTensor combine(const OnnxCall& call, Function function) {
  const OnnxTensor &a = call.input(0), &b = call.input(1);
  if (a.is_integer != b.is_integer || call.inputs() != 2) call.fail("its inputs are of two kinds");
  const std::vector<int64_t> shape = broadcast_shape(call, {&a, &b});
  OnnxTensor y = call.make_like(a, shape);
  if (a.is_integer) {
    combine_into(call, a.integers, b.integers, shape, y.integers, function);
  } else {
    combine_into(call, a.floats, b.floats, shape, y.floats, function);
  }
  return y;
}

/// The same with truths as the result.
template <class Function>
OnnxTensor compare(const OnnxCall& call, Function function) {
  const OnnxTensor &a = call.input(0), &b = call.input(1);
  if (a.is_integer != b.is_integer) call.fail("its inputs are of two kinds");
  const std::vector<int64_t> shape = broadcast_shape(call, {&a, &b});
  OnnxTensor y = call.make_integers(shape);
  if (a.is_integer) {
    combine_into(call, a.integers, b.integers, shape, y.integers, function);
  } else {
    combine_into(call, a.floats, b.floats, shape, y.integers, function);
  }
  return y;
}

/// Both integers; the second is not 0.
template <class Function>
OnnxTensor combine_integers(const OnnxCall& call, Function function) {
  for (const int64_t divisor : call.input(1).integers)
    if (divisor <= 0) call.fail("its divisor is not above 0");
  for (const int64_t number : call.input(0).integers)
    if (number < 0) call.fail("it divides a number below 0");
  return combine(call, function);
}

/// Of the larger or smaller of two: NaN stays NaN, whichever it is.
bool is_nan(float x) {
  return std::isnan(x);
}
bool is_nan(int64_t) {
  return false;
}

template <class Function>
OnnxTensor change(const OnnxCall& call, Function function) {
  OnnxTensor y = call.reals(0);
  for (float& x : y.floats) x = function(x);
  return y;
}

}  // namespace

OnnxTensor relu(const OnnxCall& call) {
  // NaN stays NaN, as in libtorch.
  return change(call, [](float x) { return x < 0 ? 0.0F : x; });
}

OnnxTensor absolute(const OnnxCall& call) {
  return change(call, [](float x) { return std::abs(x); });
}

OnnxTensor exponential(const OnnxCall& call) {
  return change(call, [](float x) { return std::exp(x); });
}

OnnxTensor cast(const OnnxCall& call) {
  const OnnxTensor& x = call.input(0);
  const int64_t to = call.integer("to", 0);
  if (to == kOnnxFloat && x.is_integer)
    return {x.shape, {x.integers.begin(), x.integers.end()}, {}, false};
  if (to == kOnnxInteger && x.is_integer) return x;
  call.fail("only integers and truths are cast here, to float or int64");
}

OnnxTensor add(const OnnxCall& call) {
  return combine(call, [](auto a, auto b) { return a + b; });
}

OnnxTensor subtract(const OnnxCall& call) {
  return combine(call, [](auto a, auto b) { return a - b; });
}

OnnxTensor multiply(const OnnxCall& call) {
  return combine(call, [](auto a, auto b) { return a * b; });
}

OnnxTensor divide(const OnnxCall& call) {
  const auto quotient = [](auto a, auto b) { return a / b; };
  return call.input(0).is_integer ? combine_integers(call, quotient) : combine(call, quotient);
}

OnnxTensor remainder(const OnnxCall& call) {
  if (!call.input(0).is_integer) call.fail("only integers have a remainder here");
  return combine_integers(call, [](auto a, auto b) { return a - b * static_cast<int64_t>(a / b); });
}

OnnxTensor smaller(const OnnxCall& call) {
  return combine(call, [](auto a, auto b) { return b < a || is_nan(b) ? b : a; });
}

OnnxTensor larger(const OnnxCall& call) {
  return combine(call, [](auto a, auto b) { return b > a || is_nan(b) ? b : a; });
}

OnnxTensor equal(const OnnxCall& call) {
  return compare(call, [](auto a, auto b) { return a == b; });
}

OnnxTensor greater_or_equal(const OnnxCall& call) {
  return compare(call, [](auto a, auto b) { return a >= b; });
}

OnnxTensor where(const OnnxCall& call) {
  const OnnxTensor &truth = call.input(0), &a = call.reals(1), &b = call.reals(2);
  if (!truth.is_integer) call.fail("its first input has no truths");
  const std::vector<int64_t> shape = broadcast_shape(call, {&truth, &a, &b});
  OnnxTensor y = call.make(shape);
  auto out = y.floats.begin();
  for_each_value<3>(shape,
                    {broadcast(call, truth.shape, shape), broadcast(call, a.shape, shape),
                     broadcast(call, b.shape, shape)},
                    [&](const auto& at) {
                      *out++ = truth.integers[static_cast<size_t>(at[0])] != 0
                                   ? a.floats[static_cast<size_t>(at[1])]
                                   : b.floats[static_cast<size_t>(at[2])];
                    });
  return y;
}

}  // namespace nasnet::exchange::onnx_operators
