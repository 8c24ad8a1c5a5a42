#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "nasnet/report/best_cells.h"
#include "nasnet/search/study/findings.h"

namespace nasnet::report {

/// A trial as one object, as in the study's list of them. A space without genotypes has the
/// candidate's line in the genotype's place.
nlohmann::ordered_json trial_json(const space::SearchSpace& space,
                                  const search::Objective& objective, const search::Trial& trial);

/// Only what the trainings at the end allow to say; {} where there were none.
nlohmann::ordered_json findings_json(const search::Findings& findings);

/// A study as one object: settings, costs, findings, every trial. It holds no password.
/// Costs are in seconds and joules, rewards as they are (an accuracy in [0, 1]).
nlohmann::ordered_json study_json(const search::SearchSettings& settings, uint64_t seed,
                                  const space::SearchSpace& space,
                                  const search::StudyResult& result,
                                  const std::vector<Saved>& saved);

}  // namespace nasnet::report
