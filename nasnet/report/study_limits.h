#pragma once

#include <string>
#include <vector>

#include "nasnet/report/study_report.h"

namespace nasnet::report {

/// Questions that the study cannot answer, a sentence or two each: those that hold for every study,
/// and those that follow from what was left out of this one.
std::vector<std::string> study_limits(const StudyReport& report);

}  // namespace nasnet::report
