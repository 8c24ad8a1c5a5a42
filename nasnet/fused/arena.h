#pragma once

#include <cstddef>
#include <cstdint>

namespace nasnet::fused {

/// A block of memory that only grows, on huge pages where the system has them. Fresh pages are the
/// slowest memory there is (1.9 GB/s, docs/kernels.md), so they are allocated once and reused.
class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Returns at least `bytes` bytes, aligned to 64. Growing loses the content.
  void* reserve(int64_t bytes);
  int64_t bytes() const { return static_cast<int64_t>(bytes_); }

 private:
  void* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace nasnet::fused
