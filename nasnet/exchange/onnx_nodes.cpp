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

std::string OnnxNodes::constant(const std::string& name, std::vector<int64_t> values) {
  model_.constants[name] = {{std::ssize(values)}, {}, std::move(values), true};
  return name;
}

std::string OnnxNodes::numbers(std::vector<float> values) {
  const std::string name = fmt::format("numbers_{}", fmt::join(values, "_"));
  return constant(name, {std::ssize(values)}, std::move(values));
}

std::string OnnxNodes::places(std::vector<int64_t> values) {
  return constant(fmt::format("places_{}", fmt::join(values, "_")), values);
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

std::string OnnxNodes::slice(const std::string& x, int64_t start, int64_t end, int64_t step) {
  const std::string name = fmt::format("slice_{}", model_.nodes.size());
  // Since opset 10 places are inputs of Slice, not attributes: constants with names of their own.
  const auto both = [&](const char* part, int64_t down, int64_t across) {
    return constant(name + "/" + part, std::vector<int64_t>{down, across});
  };
  return add("Slice", {x, both("starts", start, start), both("ends", end, end), both("axes", 2, 3),
                       both("steps", step, step)});
}

std::string OnnxNodes::channels(const std::string& x, int64_t first, int64_t count) {
  const std::string name = fmt::format("channels_{}", model_.nodes.size());
  const auto one = [&](const char* part, int64_t value) {
    return constant(name + "/" + part, std::vector<int64_t>{value});
  };
  return add("Slice", {x, one("starts", first), one("ends", first + count), one("axes", 1)});
}

std::string OnnxNodes::turned(const std::string& x) {
  // So far before the first pixel that this is taken, too, whatever the image's size.
  constexpr int64_t kBegin = std::numeric_limits<int64_t>::min() + 1;
  return slice(x, -1, kBegin, -1);
}

std::string OnnxNodes::pad(const std::string& x, graph::Padding down, graph::Padding across) {
  // Pad takes what stands before all four axes, then what stands after them.
  const std::string places =
      constant(fmt::format("pads_{}", model_.nodes.size()),
               std::vector<int64_t>{0, 0, down.begin, across.begin, 0, 0, down.end, across.end});
  return add("Pad", {x, places});
}

}  // namespace nasnet::exchange
