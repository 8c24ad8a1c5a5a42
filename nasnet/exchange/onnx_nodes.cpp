#include "nasnet/exchange/onnx_nodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

// Nodes get a name of their type and number, and their one result gets the same: names are unique
// without being looked up, and the order in which nodes are added is one in which they can run.

namespace nasnet::exchange {

OnnxAttribute integer(int64_t value) {
  return {.kind = OnnxAttribute::Kind::kInteger, .integer = value};
}

OnnxAttribute real(double value) {
  return {.kind = OnnxAttribute::Kind::kReal, .real = static_cast<float>(value)};
}

OnnxAttribute integers(std::vector<int64_t> values) {
  return {.kind = OnnxAttribute::Kind::kIntegers, .integers = std::move(values)};
}

OnnxAttribute text(const char* value) {
  return {.kind = OnnxAttribute::Kind::kText, .text = value};
}

std::string OnnxNodes::constant(const std::string& name, std::vector<int64_t> shape,
                                std::vector<float> values) {
  model_.constants[name] = {std::move(shape), std::move(values), {}, false};
  return name;
}

std::string OnnxNodes::numbers(std::vector<float> values) {
  const std::string name = fmt::format("numbers_{}", fmt::join(values, "_"));
  const int64_t count = std::ssize(values);
  return constant(name, {count}, std::move(values));
}

std::string OnnxNodes::places(std::vector<int64_t> values) {
  std::string name = fmt::format("places_{}", fmt::join(values, "_"));
  const int64_t count = std::ssize(values);
  model_.constants[name] = {{count}, {}, std::move(values), true};
  return name;
}

std::string OnnxNodes::number(float value) {
  return constant(fmt::format("number_{}", value), {}, {value});
}

std::string OnnxNodes::place(int64_t value) {
  std::string name = fmt::format("place_{}", value);
  model_.constants[name] = {{}, {}, {value}, true};
  return name;
}

std::string OnnxNodes::add(const std::string& type, std::vector<std::string> inputs,
                           OnnxAttributes attributes) {
  std::string name = fmt::format("{}_{}", type, model_.nodes.size());
  model_.nodes.push_back({type, name, std::move(inputs), {name}, std::move(attributes)});
  return name;
}

std::string OnnxNodes::reshape(const std::string& x, std::vector<int64_t> shape) {
  return add("Reshape", {x, places(std::move(shape))});
}

std::string OnnxNodes::transpose(const std::string& x, std::vector<int64_t> order) {
  return add("Transpose", {x}, {{"perm", integers(std::move(order))}});
}

std::string OnnxNodes::concat(std::vector<std::string> parts, int64_t axis) {
  return add("Concat", std::move(parts), {{"axis", integer(axis)}});
}

std::string OnnxNodes::gather(const std::string& x, const std::string& places, int64_t axis) {
  return add("Gather", {x, places}, {{"axis", integer(axis)}});
}

std::string OnnxNodes::to_float(const std::string& x) {
  return add("Cast", {x}, {{"to", integer(kOnnxFloat)}});
}

std::string OnnxNodes::to_integer(const std::string& x) {
  return add("Cast", {x}, {{"to", integer(kOnnxInteger)}});
}

OnnxNodes::Top OnnxNodes::top(const std::string& x, const std::string& count, bool largest) {
  const std::string name =
      add("TopK", {x, count}, {{"axis", integer(0)}, {"largest", integer(largest ? 1 : 0)}});
  model_.nodes.back().outputs.push_back(name + "/places");
  return {name, name + "/places"};
}

void OnnxNodes::rename(const std::string& result, const std::string& name) {
  for (OnnxNode& node : model_.nodes) {
    std::ranges::replace(node.inputs, result, name);
    std::ranges::replace(node.outputs, result, name);
  }
}

// Since opset 10 places are inputs of Slice, not attributes.

std::string OnnxNodes::slice(const std::string& x, int64_t start, int64_t end, int64_t step) {
  return add("Slice",
             {x, places({start, start}), places({end, end}), places({2, 3}), places({step, step})});
}

std::string OnnxNodes::part(const std::string& x, int64_t axis, int64_t first, int64_t count) {
  return add("Slice", {x, places({first}), places({first + count}), places({axis})});
}

std::string OnnxNodes::turned(const std::string& x) {
  // So far before the first pixel that this is taken, too, whatever the image's size.
  constexpr int64_t kBegin = std::numeric_limits<int64_t>::min() + 1;
  return slice(x, -1, kBegin, -1);
}

std::string OnnxNodes::pad(const std::string& x, graph::Padding down, graph::Padding across) {
  // Pad takes what stands before all four axes, then what stands after them.
  return add("Pad", {x, places({0, 0, down.begin, across.begin, 0, 0, down.end, across.end})});
}

}  // namespace nasnet::exchange
