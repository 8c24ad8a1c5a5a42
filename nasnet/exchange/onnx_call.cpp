#include "nasnet/exchange/onnx_call.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"

namespace nasnet::exchange {
namespace {

/// A tensor of 32 GiB: larger ones are damage, and products of sizes stay far from overflow.
constexpr int64_t kMostElements = int64_t{1} << 33;

}  // namespace

int64_t element_count(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t edge : shape)
    if (edge < 0 || __builtin_mul_overflow(count, edge, &count) || count > kMostElements) return -1;
  return count;
}

void OnnxCall::fail(const std::string& what) const {
  throw InputError(fmt::format("ONNX node {} ({}): {}", node_.name, node_.type, what));
}

const OnnxTensor& OnnxCall::input(size_t k) const {
  if (!has(k)) fail("an input is missing");
  return *inputs_[k];
}

const OnnxTensor& OnnxCall::reals(size_t k) const {
  const OnnxTensor& value = input(k);
  if (value.is_integer) fail("an input has integers");
  return value;
}

const OnnxTensor& OnnxCall::image(size_t k) const {
  const OnnxTensor& value = reals(k);
  if (value.shape.size() != 4) fail("its input is no batch of images");
  return value;
}

const std::vector<float>& OnnxCall::channels(size_t k, int64_t count) const {
  const OnnxTensor& value = reals(k);
  if (std::ssize(value.floats) != count) fail("a constant has another length");
  return value.floats;
}

const std::vector<int64_t>& OnnxCall::places(size_t k) const {
  const OnnxTensor& value = input(k);
  if (!value.is_integer || value.shape.size() > 1) fail("an input is no list of places");
  return value.integers;
}

int64_t OnnxCall::place(size_t k) const {
  if (places(k).size() != 1) fail("an input is not one place");
  return places(k)[0];
}

float OnnxCall::number(size_t k, float otherwise) const {
  return has(k) ? channels(k, 1)[0] : otherwise;
}

const OnnxAttribute* OnnxCall::find(const char* name, OnnxAttribute::Kind kind) const {
  const auto found = node_.attributes.find(name);
  if (found == node_.attributes.end()) return nullptr;
  if (found->second.kind != kind) fail("an attribute is damaged");
  return &found->second;
}

int64_t OnnxCall::integer(const char* name, int64_t otherwise) const {
  const OnnxAttribute* found = find(name, OnnxAttribute::Kind::kInteger);
  return found ? found->integer : otherwise;
}

float OnnxCall::real(const char* name, float otherwise) const {
  const OnnxAttribute* found = find(name, OnnxAttribute::Kind::kReal);
  return found ? found->real : otherwise;
}

std::string OnnxCall::text(const char* name, const char* otherwise) const {
  const OnnxAttribute* found = find(name, OnnxAttribute::Kind::kText);
  return found ? found->text : otherwise;
}

std::vector<int64_t> OnnxCall::integers(const char* name) const {
  const OnnxAttribute* found = find(name, OnnxAttribute::Kind::kIntegers);
  return found ? found->integers : std::vector<int64_t>();
}

size_t OnnxCall::axis(int64_t otherwise, size_t edges) const {
  const int64_t given = integer("axis", otherwise), count = static_cast<int64_t>(edges);
  if (given < -count || given >= count) fail("its axis is not there");
  return static_cast<size_t>(given < 0 ? given + count : given);
}

OnnxWindow OnnxCall::window(int64_t rows, int64_t columns) const {
  OnnxWindow result;
  const auto read = [&](const char* name, int64_t least, size_t count, auto place) {
    const std::vector<int64_t> values = integers(name);
    if (values.empty()) return;
    if (values.size() != count) fail("a window is damaged");
    for (size_t i = 0; i < count; ++i) {
      if (values[i] < least || values[i] > 1 << 16) fail("a window is damaged");
      place(i, values[i]);
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

bool OnnxCall::pads_same() const {
  const std::string kind = text("auto_pad", "NOTSET");
  if (kind == "NOTSET") return false;
  if (kind != "SAME_UPPER") fail("its padding is of a kind that is not known");
  if (node_.attributes.contains("pads")) fail("its padding is given twice");
  return true;
}

OnnxTensor OnnxCall::make(std::vector<int64_t> shape, float fill) const {
  const int64_t count = element_count(shape);
  if (count < 0) fail("its result is too large");
  return {std::move(shape), std::vector<float>(static_cast<size_t>(count), fill), {}, false};
}

OnnxTensor OnnxCall::make_integers(std::vector<int64_t> shape) const {
  const int64_t count = element_count(shape);
  if (count < 0) fail("its result is too large");
  return {std::move(shape), {}, std::vector<int64_t>(static_cast<size_t>(count)), true};
}

}  // namespace nasnet::exchange
