#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nasnet {

/// The control groups that this process belongs to, of both versions: folders whose files say what
/// a container or a cluster's job may use. Each list begins with the process's own group and goes
/// on with those above it, whose limits hold as well; some may not be visible here.
class ControlGroups {
 public:
  explicit ControlGroups(const std::filesystem::path& proc = "/proc",
                         const std::filesystem::path& groups = "/sys/fs/cgroup");

  const std::vector<std::filesystem::path>& version2() const { return version2_; }
  /// Those of a controller ("memory", "cpu") of version 1; empty where it has none.
  const std::vector<std::filesystem::path>& version1(const std::string& controller) const;

 private:
  std::vector<std::filesystem::path> version2_;
  std::map<std::string, std::vector<std::filesystem::path>> version1_;
};

}  // namespace nasnet
