#include "nasnet/base/control_groups.h"

#include <fstream>
#include <sstream>

// /proc/self/cgroup names the groups, a line a hierarchy; their files lie under /sys/fs/cgroup.
// Machines mount version 2 alone, version 1 alone, or both ("hybrid", version 2 under "unified").

namespace nasnet {
namespace {

namespace fs = std::filesystem;

/// The folder of a group under `root`, and of those above it. What a container does not see of
/// them is not there; its own group is then the root.
std::vector<fs::path> upwards(const fs::path& root, const std::string& group) {
  std::vector<fs::path> folders;
  for (fs::path path = fs::path(group).relative_path(); !path.empty(); path = path.parent_path())
    folders.push_back(root / path);
  folders.push_back(root);
  return folders;
}

/// Controllers of version 1 that share a hierarchy ("cpu,cpuacct") share a folder too, of either
/// one's name or of both.
fs::path hierarchy(const fs::path& groups, const std::string& controllers,
                   const std::string& controller) {
  std::error_code ignored;
  return fs::exists(groups / controller, ignored) ? groups / controller : groups / controllers;
}

}  // namespace

ControlGroups::ControlGroups(const fs::path& proc, const fs::path& groups) {
  std::error_code ignored;
  // Only the root of a version 2 hierarchy holds this file.
  const bool hybrid = !fs::exists(groups / "cgroup.controllers", ignored);
  std::ifstream file(proc / "self/cgroup");
  for (std::string line; std::getline(file, line);) {  // 5:cpu,cpuacct:/jobs/one
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    // "0::/path" is version 2's line.
    if (controllers.empty()) version2_ = upwards(hybrid ? groups / "unified" : groups, group);
    std::istringstream names(controllers);
    for (std::string name; std::getline(names, name, ',');)
      version1_[name] = upwards(hierarchy(groups, controllers, name), group);
  }
}

const std::vector<fs::path>& ControlGroups::version1(const std::string& controller) const {
  static const std::vector<fs::path> none;
  const auto found = version1_.find(controller);
  return found == version1_.end() ? none : found->second;
}

}  // namespace nasnet
