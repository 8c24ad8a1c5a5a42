#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/dashboard/arm_table.h"
#include "nasnet/dashboard/choice_groups.h"

namespace nasnet::dashboard {

/// Consecutive trials [first, end) and how often they chose what: of each group the share of each
/// choice among all decisions of that group, by group and choice.
struct ShareWindow {
  int64_t first = 0, end = 0;
  std::vector<std::vector<double>> shares;
};

/// The first `count` trials in at most `windows` (at least 1) windows of equal numbers of trials,
/// the last of which may be shorter. Each proposal counts, repeats and failures too.
std::vector<ShareWindow> choice_shares(const ArmTable& table,
                                       const std::vector<ChoiceGroup>& groups, int64_t count,
                                       int64_t windows);

}  // namespace nasnet::dashboard
