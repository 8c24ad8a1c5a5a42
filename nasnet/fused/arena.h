#pragma once

#include <cstddef>
#include <cstdint>

namespace nasnet::fused {

/// A stretch of memory that only ever grows, on huge pages where the system has them: fresh pages
/// are the slowest memory there is (docs/kernels.md), so that they are taken once.
class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// At least so many bytes, aligned to 64; what they held before is lost when they grow.
  void* reserve(int64_t bytes);
  int64_t bytes() const { return static_cast<int64_t>(bytes_); }

 private:
  void* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace nasnet::fused
