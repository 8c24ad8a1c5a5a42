#include "nasnet/base/memory_group.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include "nasnet/base/process_memory.h"

// The least of several limits holds: the machine's, and those of each group on the way up. Version
// 2 limits memory and swap apart, version 1 memory alone and both together ("memsw").

namespace nasnet {
namespace {

/// No limit: the largest number, so that std::min passes it over.
constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
/// Version 1 says that there is no limit with a number near the largest.
constexpr int64_t kUnlimited = int64_t{1} << 60;

/// The number in a file; kNone where there is none, or "max".
int64_t read_limit(const std::filesystem::path& file) {
  std::ifstream stream(file);
  int64_t number = 0;
  return stream >> number && number < kUnlimited ? number : kNone;
}

/// Without a limit where one of the two has none, and without overflow.
int64_t sum(int64_t a, int64_t b) {
  return a == kNone || b == kNone ? kNone : a + b;
}

}  // namespace

MemoryGroup::MemoryGroup(const std::filesystem::path& proc, const std::filesystem::path& groups)
    : proc_(proc), groups_(proc, groups) {}

int64_t MemoryGroup::limit() const {
  const auto machine = [&](const char* name) {
    const std::optional<int64_t> kilobytes = system_entry(proc_ / "meminfo", name);
    return kilobytes ? 1024 * *kilobytes : kNone;
  };
  const int64_t swap = machine("SwapTotal");
  int64_t least = sum(machine("MemTotal"), swap);
  // Swap counts as memory here: a process is killed once both are full.
  for (const auto& folder : groups_.version2())
    least = std::min(least, sum(read_limit(folder / "memory.max"),
                                std::min(swap, read_limit(folder / "memory.swap.max"))));
  for (const auto& folder : groups_.version1("memory"))
    least = std::min({least, sum(read_limit(folder / "memory.limit_in_bytes"), swap),
                      read_limit(folder / "memory.memsw.limit_in_bytes")});
  return least == kNone ? 0 : least;
}

int64_t MemoryGroup::oom_kills() const {
  // The nearest group that counts them: those above count other jobs' as well.
  for (const auto& folder : groups_.version2())
    if (const auto kills = system_entry(folder / "memory.events", "oom_kill")) return *kills;
  for (const auto& folder : groups_.version1("memory"))
    if (const auto kills = system_entry(folder / "memory.oom_control", "oom_kill")) return *kills;
  return system_entry(proc_ / "vmstat", "oom_kill").value_or(-1);
}

}  // namespace nasnet
