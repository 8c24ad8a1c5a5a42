#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// Bytes of one number of a type as safetensors names it, 0 for an unknown one.
uint64_t type_size(const std::string& type);
/// F64, F32, F16 or BF16.
bool is_floating(const std::string& type);
/// Little-endian numbers of a floating type as float32, rounded to nearest where they are wider.
std::vector<float> to_floats(const std::string& type, std::string_view bytes);

/// The numbers' bytes, for as long as they live.
template <class T>
std::string_view bytes_of(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

/// No NaN and no infinity among them.
bool all_finite(std::span<const float> numbers);

}  // namespace nasnet
