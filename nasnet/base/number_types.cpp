#include "nasnet/base/number_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "nasnet/base/error.h"
#include "nasnet/base/safetensors.h"

// The types of numbers in weight files, and how the floating ones become float32, in which networks
// keep their weights. Bytes are little-endian, and so must the processor be.

namespace nasnet {
namespace {

struct Type {
  const char* name;
  uint64_t size;
};

/// Beyond those of safetensors: PyTorch's quantised numbers, two or four of which may share a byte.
constexpr Type kTypes[] = {{"C128", 16}, {"QI32", 4},  {"QI8", 1},
                           {"QU8", 1},   {"QU4x2", 1}, {"QU2x4", 1}};

/// IEEE 754 binary16, exactly: each of its values is a float32.
float half(uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  // Exponent 31: infinity and NaN; 0: subnormal, in steps of 2^-24; else 1.mantissa x 2^(e - 15).
  const float magnitude = exponent == 31 ? (mantissa == 0 ? INFINITY : NAN)
                          : exponent == 0
                              ? std::ldexp(static_cast<float>(mantissa), -24)
                              : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

template <class T, class Convert>
std::vector<float> convert(std::string_view bytes, Convert to_float) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    // A copy, as the bytes may lie at any address.
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = to_float(value);
  }
  return values;
}

}  // namespace

uint64_t type_size(const std::string& type) {
  for (const Type& known : kTypes)
    if (type == known.name) return known.size;
  return safetensors_type_size(type);
}

bool is_floating(const std::string& type) {
  return type == "F64" || type == "F32" || type == "F16" || type == "BF16";
}

bool all_finite(std::span<const float> numbers) {
  return std::ranges::all_of(numbers, [](float one) { return std::isfinite(one); });
}

std::vector<float> to_floats(const std::string& type, std::string_view bytes) {
  if (type == "F32") return convert<float>(bytes, [](float x) { return x; });
  if (type == "F64") return convert<double>(bytes, [](double x) { return static_cast<float>(x); });
  if (type == "F16") return convert<uint16_t>(bytes, half);
  if (type == "BF16")
    // bfloat16 is the upper half of a float32.
    return convert<uint16_t>(
        bytes, [](uint16_t x) { return std::bit_cast<float>(static_cast<uint32_t>(x) << 16); });
  throw InputError(fmt::format("values of type {} are not read as weights", type));
}

}  // namespace nasnet
