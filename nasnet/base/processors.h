#pragma once

#include <optional>
#include <vector>

#include "nasnet/base/control_groups.h"

namespace nasnet {

/// The processor time per time that the process's control groups allow, all processes of a group
/// together: 2.5 is two cores and a half. The least of its own group's quota and of those above
/// it; none where nothing limits it.
std::optional<double> processor_quota(const ControlGroups& groups = ControlGroups());

/// The cores that the process may run on.
std::vector<int> allowed_cores();

/// The number of threads to run: a core each, but at most the whole cores of the quota. With more,
/// the kernel stops all of them for the rest of each period once the quota is spent.
int usable_cores();
/// `threads`, or usable_cores() for 0.
int threads_or_cores(int threads);

}  // namespace nasnet
