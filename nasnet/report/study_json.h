#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "nasnet/report/best_cells.h"

namespace nasnet::report {

/// A study as one object: settings, costs, findings, every trial. It holds no password.
/// Costs are in seconds and joules, rewards as they are (an accuracy in [0, 1]).
nlohmann::ordered_json study_json(const search::SearchSettings& settings, uint64_t seed,
                                  const space::SearchSpace& space,
                                  const search::StudyResult& result,
                                  const std::vector<Saved>& saved);

}  // namespace nasnet::report
