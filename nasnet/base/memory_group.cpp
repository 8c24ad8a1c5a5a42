#include "nasnet/base/memory_group.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include "nasnet/base/process_memory.h"

namespace nasnet {
namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
/// Version 1 says that there is no limit with a number near the largest.
constexpr int64_t kUnlimited = int64_t{1} << 60;

/// The number in a file; kNone where there is none, or "max".
int64_t read_limit(const std::filesystem::path& file) {
  std::ifstream stream(file);
  int64_t number = 0;
  return stream >> number && number < kUnlimited ? number : kNone;
}

int64_t sum(int64_t a, int64_t b) {
  return a == kNone || b == kNone ? kNone : a + b;
}

/// The folder of a group under `root`, and of those above it. What a container does not see of
/// them is not there; its own group is then the root.
std::vector<std::filesystem::path> upwards(const std::filesystem::path& root,
                                           const std::string& group) {
  std::vector<std::filesystem::path> folders;
  for (std::filesystem::path path = std::filesystem::path(group).relative_path(); !path.empty();
       path = path.parent_path())
    folders.push_back(root / path);
  folders.push_back(root);
  return folders;
}

}  // namespace

MemoryGroup::MemoryGroup(std::filesystem::path proc, const std::filesystem::path& groups)
    : proc_(std::move(proc)) {
  const bool hybrid = !std::filesystem::exists(groups / "cgroup.controllers");
  std::ifstream file(proc_ / "self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") {
      version2_ = upwards(hybrid ? groups / "unified" : groups, group);
    } else if (controllers.find(",memory,") != std::string::npos) {
      version1_ = upwards(groups / "memory", group);
    }
  }
}

int64_t MemoryGroup::limit() const {
  const auto machine = [&](const char* name) {
    const std::optional<int64_t> kilobytes = system_entry(proc_ / "meminfo", name);
    return kilobytes ? 1024 * *kilobytes : kNone;
  };
  const int64_t swap = machine("SwapTotal");
  int64_t least = sum(machine("MemTotal"), swap);
  for (const auto& folder : version2_)
    least = std::min(least, sum(read_limit(folder / "memory.max"),
                                std::min(swap, read_limit(folder / "memory.swap.max"))));
  for (const auto& folder : version1_)
    least = std::min({least, sum(read_limit(folder / "memory.limit_in_bytes"), swap),
                      read_limit(folder / "memory.memsw.limit_in_bytes")});
  return least == kNone ? 0 : least;
}

int64_t MemoryGroup::oom_kills() const {
  for (const auto& folder : version2_)
    if (const auto kills = system_entry(folder / "memory.events", "oom_kill")) return *kills;
  for (const auto& folder : version1_)
    if (const auto kills = system_entry(folder / "memory.oom_control", "oom_kill")) return *kills;
  return system_entry(proc_ / "vmstat", "oom_kill").value_or(-1);
}

}  // namespace nasnet
