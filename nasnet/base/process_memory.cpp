#include "nasnet/base/process_memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fstream>
#include <string>

namespace nasnet {
namespace {

/// A line of /proc/self/status in bytes.
int64_t status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return 1024 * std::stoll(line.substr(name.size() + 1));
  return 0;
}

}  // namespace

int64_t resident_memory() {
  return status_bytes("VmRSS");
}

int64_t peak_memory() {
  return status_bytes("VmHWM");
}

void forget_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

void keep_freed_memory() {
#ifdef __GLIBC__
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
