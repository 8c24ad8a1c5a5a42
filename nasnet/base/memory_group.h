#pragma once

#include <cstdint>
#include <filesystem>

#include "nasnet/base/control_groups.h"

namespace nasnet {

/// The memory that the system lets this process have: the machine's, and the limits of the control
/// groups that it belongs to (version 2, or the memory controller of version 1), as a container or
/// a cluster's job has them.
class MemoryGroup {
 public:
  explicit MemoryGroup(const std::filesystem::path& proc = "/proc",
                       const std::filesystem::path& groups = "/sys/fs/cgroup");

  /// The most memory and swap in bytes that this process may have, all processes of its groups
  /// together; 0 where the system does not tell.
  int64_t limit() const;
  /// How many processes the kernel has killed for want of memory: of this process's group, or of
  /// the whole machine where there is none; -1 where the system does not tell.
  int64_t oom_kills() const;

 private:
  std::filesystem::path proc_;
  ControlGroups groups_;
};

}  // namespace nasnet
