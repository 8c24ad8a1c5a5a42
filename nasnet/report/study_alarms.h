#pragma once

#include <vector>

#include "nasnet/search/study/findings.h"
#include "nasnet/space/search_space.h"

namespace nasnet::report {

/// Signs that the search has collapsed.
std::vector<search::Alarm> alarms_of(const space::SearchSpace& space,
                                     const search::StudyResult& result);

}  // namespace nasnet::report
