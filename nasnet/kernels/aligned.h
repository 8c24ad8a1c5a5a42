#pragma once

// Vectors of the standard library on cache lines: what kernels read again and again, weights and
// scratch, begins with one.

#include <cstddef>
#include <new>
#include <vector>

namespace nasnet::kernels {

/// Memory that begins with a cache line: a vector that lies across two costs two loads.
template <class T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  CacheLineAllocator() = default;
  template <class Other>
  CacheLineAllocator(const CacheLineAllocator<Other>&) {}

  T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* memory, size_t) { ::operator delete(memory, kLine); }
  bool operator==(const CacheLineAllocator&) const { return true; }
};

template <class T>
using Aligned = std::vector<T, CacheLineAllocator<T>>;
using AlignedFloats = Aligned<float>;

}  // namespace nasnet::kernels
