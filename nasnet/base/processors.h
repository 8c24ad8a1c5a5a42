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

/// How many threads make sense: a core each, but no more than the whole cores of the quota. Threads
/// beyond it do not share what there is: all of them are stopped for the rest of each period.
int usable_cores();
/// So many threads as are asked for; for 0, usable_cores().
int threads_or_cores(int threads);

}  // namespace nasnet
