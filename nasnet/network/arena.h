#pragma once

#include <cstddef>
#include <cstdint>

namespace nasnet::network {

/// A stretch of memory that only ever grows, on huge pages where the system has them: fresh pages
/// are the slowest memory there is (docs/kernels.md), so that they are taken once.
class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// At least so many floats, aligned to 64 bytes; what it held before is lost when it grows.
  float* reserve(int64_t floats);
  int64_t bytes() const { return static_cast<int64_t>(bytes_); }

 private:
  void* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace nasnet::network
