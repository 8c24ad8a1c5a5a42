// Memory straight from the system, as malloc gives no huge pages, and may give memory back between
// passes and take it fresh again.

#include "nasnet/fused/arena.h"

#include <sys/mman.h>

#include <new>

#include "nasnet/plan/limits.h"

namespace nasnet::fused {

namespace {
using plan::kHugePage;
}

Arena::~Arena() {
  if (memory_) ::munmap(memory_, bytes_);
}

void* Arena::reserve(int64_t bytes) {
  const size_t wanted = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  if (wanted > bytes_) {
    if (memory_) ::munmap(memory_, bytes_);
    memory_ = nullptr;
    bytes_ = 0;
    void* memory =
        ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    ::madvise(memory, wanted, MADV_HUGEPAGE);  // a wish: refused, it is slower, not wrong
    memory_ = memory;
    bytes_ = wanted;
  }
  return memory_;
}

}  // namespace nasnet::fused
