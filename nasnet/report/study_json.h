#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "nasnet/report/best_cells.h"

namespace nasnet::report {

/// A study as one object: settings, costs, findings, every trial. It holds no password.
nlohmann::ordered_json study_json(const search::SearchSettings& settings, uint64_t seed,
                                  const space::SearchSpace& space,
                                  const search::StudyResult& result,
                                  const std::vector<Saved>& saved);

}  // namespace nasnet::report
