#include <cstddef>
#include <cstdint>
#include <string>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "tests/fuzz/memory_file.h"

// An archive as a stream (how CIFAR's are read), and a file that is packed by itself.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLargest = 1 << 20;
  const std::string& file = nasnet::memory_file(data, size);
  nasnet::looks_like_archive(file);
  try {
    nasnet::read_archive(
        file, [](const nasnet::ArchiveEntry& entry) { return !entry.folder; },
        [](const nasnet::ArchiveEntry& entry, const std::string& content) {
          if (entry.folder || content.size() > kLargest) __builtin_trap();
        },
        kLargest);
  } catch (const nasnet::Error&) {
  }
  try {
    if (nasnet::read_unpacked(file, kLargest).size() > kLargest) __builtin_trap();
  } catch (const nasnet::Error&) {
  }
  return 0;
}
