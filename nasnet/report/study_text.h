#pragma once

#include <string>
#include <vector>

#include "nasnet/report/best_cells.h"

namespace nasnet::report {

/// A study that has a trial that is done, for people to read: the best cells, each arm beside
/// chance, findings, alarms, failures and cost. Lines that end with a line's end.
std::string study_text(const search::SearchSettings& settings, const space::SearchSpace& space,
                       const search::StudyResult& result, const std::vector<Saved>& saved);

}  // namespace nasnet::report
