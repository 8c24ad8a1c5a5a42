#pragma once

#include <cstddef>

// Marks memory of the arena that no current step uses, and scratch beyond the size that a step has
// declared, as poisoned: AddressSanitizer then finds a step that reads another one's freed memory
// or goes beyond its own. Without it these do nothing.

#if defined(__SANITIZE_ADDRESS__)
#define NASNET_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NASNET_POISONS 1
#endif
#endif

#ifdef NASNET_POISONS
#include <sanitizer/asan_interface.h>
#endif

namespace nasnet::fused {

#ifdef NASNET_POISONS
inline constexpr bool kPoisons = true;
inline void poison(const void* first, size_t bytes) {
  __asan_poison_memory_region(first, bytes);
}
inline void unpoison(const void* first, size_t bytes) {
  __asan_unpoison_memory_region(first, bytes);
}
#else
inline constexpr bool kPoisons = false;
inline void poison(const void*, size_t) {}
inline void unpoison(const void*, size_t) {}
#endif

}  // namespace nasnet::fused
