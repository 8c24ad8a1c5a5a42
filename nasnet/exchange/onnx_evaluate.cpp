#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/exchange/onnx_evaluator.h"

// The evaluator's walk: nodes in the model's order, their inputs and attributes checked as they are
// read, results dropped after their last reader. The operators stand in onnx_arithmetic.cpp,
// onnx_shapes.cpp and onnx_windows.cpp.

namespace nasnet::exchange {
namespace {

/// A tensor of 32 GiB: larger ones are damage, and products of sizes stay far from overflow.
constexpr int64_t kMostElements = int64_t{1} << 33;

/// NaN stays NaN, as in libtorch.
OnnxValue relu(OnnxValue value) {
  for (float& x : value.data) x = x < 0 ? 0.0f : x;
  return value;
}

}  // namespace

int64_t element_count(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t edge : shape)
    if (edge < 0 || __builtin_mul_overflow(count, edge, &count) || count > kMostElements) return -1;
  return count;
}

OnnxEvaluator::OnnxEvaluator(const OnnxModel& model) : model_(model) {
  for (size_t i = 0; i < model.nodes.size(); ++i)
    for (const std::string& input : model.nodes[i].inputs) last_reader_[input] = i;
}

std::vector<float> OnnxEvaluator::run(const std::vector<float>& images, int64_t batch,
                                      const graph::Shape& image) {
  const std::vector<int64_t> shape = {batch, image.channels, image.height, image.width};
  // Edges below zero are free.
  const bool fits = std::equal(
      model_.input_shape.begin(), model_.input_shape.end(), shape.begin() + 1, shape.end(),
      [](int64_t edge, int64_t given) { return edge < 0 || edge == given; });
  if (!fits || element_count(shape) != static_cast<int64_t>(images.size()))
    throw InputError("the model takes images of another shape");
  values_[model_.input] = {shape, images};
  for (size_t i = 0; i < model_.nodes.size(); ++i) {
    check_interrupt("stopped while checking the export");
    node_ = &model_.nodes[i];
    // MaxPool's indices and the like are not computed here.
    if (node_->outputs.size() != 1) fail("it has more than one output");
    OnnxValue result = evaluate();
    // Nodes check their inputs; this one is of the evaluator's own arithmetic.
    NASNET_CHECK(element_count(result.shape) == std::ssize(result.data) || result.shape.empty(),
                 "a result fills its shape");
    values_[node_->outputs[0]] = std::move(result);
    for (const std::string& input : node_->inputs)
      if (last_reader_[input] == i && input != model_.output) values_.erase(input);
  }
  const auto found = values_.find(model_.output);
  if (found == values_.end()) throw InputError("the model does not compute its output");
  return std::move(found->second.data);
}

void OnnxEvaluator::fail(const std::string& what) const {
  throw InputError(fmt::format("ONNX node {} ({}): {}", node_->name, node_->type, what));
}

const std::string& OnnxEvaluator::input_name(size_t k) const {
  if (k >= node_->inputs.size()) fail("an input is missing");
  return node_->inputs[k];
}

const OnnxValue& OnnxEvaluator::input(size_t k) {
  const std::string& name = input_name(k);
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  // A constant becomes a value at its first reader, and goes with its last, as results do.
  const auto constant = model_.constants.find(name);
  if (constant == model_.constants.end() || !constant->second.integers.empty())
    fail(fmt::format("its input '{}' is not there", name));
  return values_[name] = {constant->second.shape, constant->second.floats};
}

const OnnxValue& OnnxEvaluator::image(size_t k) {
  const OnnxValue& value = input(k);
  if (value.shape.size() != 4) fail("its input is no batch of images");
  return value;
}

const std::vector<float>& OnnxEvaluator::channels(size_t k, int64_t count) {
  const OnnxValue& value = input(k);
  if (static_cast<int64_t>(value.data.size()) != count) fail("a constant has another length");
  return value.data;
}

const std::vector<int64_t>& OnnxEvaluator::places(size_t k) const {
  // Lists of integers are constants, or what Shape gave.
  const auto shape = shapes_.find(input_name(k));
  if (shape != shapes_.end()) return shape->second;
  const auto constant = model_.constants.find(input_name(k));
  if (constant == model_.constants.end() || constant->second.integers.empty())
    fail("a list of places is no constant");
  return constant->second.integers;
}

int64_t OnnxEvaluator::integer(const char* name, int64_t otherwise) const {
  const auto found = node_->attributes.find(name);
  if (found == node_->attributes.end()) return otherwise;
  if (found->second.kind != OnnxAttribute::Kind::kInteger) fail("an attribute is damaged");
  return found->second.integer;
}

float OnnxEvaluator::real(const char* name, float otherwise) const {
  const auto found = node_->attributes.find(name);
  if (found == node_->attributes.end()) return otherwise;
  if (found->second.kind != OnnxAttribute::Kind::kReal) fail("an attribute is damaged");
  return found->second.real;
}

OnnxWindow OnnxEvaluator::window(int64_t rows, int64_t columns) const {
  OnnxWindow result;
  const auto read = [&](const char* name, int64_t least, size_t count, auto place) {
    const auto found = node_->attributes.find(name);
    if (found == node_->attributes.end()) return;
    if (found->second.integers.size() != count) fail("a window is damaged");
    for (size_t i = 0; i < count; ++i) {
      const int64_t value = found->second.integers[i];
      if (value < least || value > 1 << 16) fail("a window is damaged");
      place(i, value);
    }
  };
  read("kernel_shape", 1, 2, [&](size_t i, int64_t v) { result.kernel[i] = v; });
  read("strides", 1, 2, [&](size_t i, int64_t v) { result.stride[i] = v; });
  read("dilations", 1, 2, [&](size_t i, int64_t v) { result.dilation[i] = v; });
  // One number chosen, not one array: GCC 12 copies that under UBSan.
  read("pads", 0, 4,
       [&](size_t i, int64_t v) { (i < 2 ? result.begin[i % 2] : result.end[i % 2]) = v; });
  if (pads_same()) result.pad_same(rows, columns);
  return result;
}

bool OnnxEvaluator::pads_same() const {
  const auto found = node_->attributes.find("auto_pad");
  if (found == node_->attributes.end()) return false;
  if (found->second.text != "SAME_UPPER") fail("its padding is of a kind that is not known");
  if (node_->attributes.contains("pads")) fail("its padding is given twice");
  return true;
}

OnnxValue OnnxEvaluator::make(std::vector<int64_t> shape, float fill) const {
  const int64_t count = element_count(shape);
  if (count < 0) fail("its result is too large");
  return {std::move(shape), std::vector<float>(count, fill)};
}

OnnxValue OnnxEvaluator::evaluate() {
  const std::string& type = node_->type;
  if (type == "Relu") return relu(input(0));
  if (type == "Conv") return convolution();
  if (type == "Shape") return shape();
  if (type == "BatchNormalization") return batch_norm();
  if (type == "InstanceNormalization") return instance_norm();
  if (type == "AveragePool") return pool(false);
  if (type == "MaxPool") return pool(true);
  if (type == "Add") return combine([](float a, float b) { return a + b; });
  if (type == "Mul") return combine([](float a, float b) { return a * b; });
  if (type == "Concat") return concat();
  if (type == "Slice") return slice();
  if (type == "Pad") return pad();
  if (type == "Reshape") return reshape();
  if (type == "Flatten") return flatten();
  if (type == "GlobalAveragePool") return global_pool();
  if (type == "Gemm") return gemm();
  fail("this operator is not known here");
}

std::vector<float> evaluate_onnx(const OnnxModel& model, const std::vector<float>& images,
                                 int64_t batch, const graph::Shape& image) {
  return OnnxEvaluator(model).run(images, batch, image);
}

}  // namespace nasnet::exchange
