#pragma once

#include <optional>
#include <vector>

#include "nasnet/base/control_groups.h"

namespace nasnet {

/// The quota of processor time that the process's control groups (a container's, a job's) allow all
/// their processes together, in cores: 2.5 is two cores and a half. The least of its own
/// group's quota and of those above it; none where nothing limits it.
std::optional<double> processor_quota(const ControlGroups& groups = ControlGroups());

/// The numbers of the cores that the process may run on (its affinity), rising, from 0; never
/// empty.
std::vector<int> allowed_cores();

/// allowed_cores(), dealt out to processes as evenly as can be; each has at least one.
std::vector<std::vector<int>> share_cores(int processes);

/// The number of threads to run, at least 1: one for each of allowed_cores(), but at most the whole
/// cores of processor_quota(). With more, the kernel stops all of them for the rest of each period
/// once the quota is spent.
int usable_cores();

/// A setting's number of threads: `threads`, or usable_cores() for 0.
int threads_or_cores(int threads);

}  // namespace nasnet
