#include "nasnet/base/process_memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fstream>
#include <string>

// Memory as the kernel counts it (/proc), and how malloc treats what is freed. The C library keeps
// or returns pages by thresholds of its own, which suit neither a training nor the time after it.

namespace nasnet {
namespace {

/// The file's numbers are in kB of 1024 bytes.
int64_t status_bytes(const std::string& name) {
  return 1024 * system_entry("/proc/self/status", name).value_or(0);
}

}  // namespace

std::optional<int64_t> system_entry(const std::filesystem::path& file, const std::string& word) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(word)) continue;
    const size_t digits = line.find_first_of("0123456789", word.size());
    // The word may be the beginning of a longer one: "oom" of "oom_kill 3".
    const bool whole = line.find_first_not_of(": \t", word.size()) == digits;
    if (digits != std::string::npos && whole) return std::stoll(line.substr(digits));
  }
  return std::nullopt;
}

int64_t resident_memory() {
  return status_bytes("VmRSS");
}

int64_t peak_memory() {
  return status_bytes("VmHWM");
}

void forget_peak_memory() {
  // proc(5): 5 resets VmHWM to the present resident size.
  std::ofstream("/proc/self/clear_refs") << "5";
}

void keep_freed_memory() {
#ifdef __GLIBC__
  // Large blocks come from the heap, too, whose top is never given back.
  mallopt(M_MMAP_MAX, 0);  // a threshold cannot say it: glibc refuses one of over 32 MB
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

void return_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace nasnet
