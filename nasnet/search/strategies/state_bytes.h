#pragma once

#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "nasnet/base/error.h"

namespace nasnet::search {

/// Writes a strategy's state: plain values in the machine's byte order, exact to the last bit.
class StateWriter {
 public:
  template <class T>
  void value(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  template <class T>
  void list(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    value(static_cast<uint64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads it back. Throws InputError where the bytes end too soon.
class StateReader {
 public:
  explicit StateReader(const std::string& bytes) : bytes_(bytes) {}

  template <class T>
  T value() {
    T value;
    copy(&value, sizeof(T));
    return value;
  }
  template <class T>
  std::vector<T> list() {
    const auto size = value<uint64_t>();
    if (size > (bytes_.size() - position_) / sizeof(T)) fail();
    std::vector<T> values(size);
    copy(values.data(), size * sizeof(T));
    return values;
  }
  bool at_end() const { return position_ == bytes_.size(); }
  void expect_end() const {
    if (!at_end()) fail();
  }
  [[noreturn]] static void fail() {
    throw InputError(
        "the stored state of the strategy is damaged or belongs to another strategy, "
        "space or version; start a new study file");
  }

 private:
  void copy(void* to, size_t size) {
    if (size > bytes_.size() - position_) fail();
    if (size > 0) std::memcpy(to, bytes_.data() + position_, size);
    position_ += size;
  }

  const std::string& bytes_;
  size_t position_ = 0;
};

}  // namespace nasnet::search
