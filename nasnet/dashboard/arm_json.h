#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "nasnet/dashboard/curve.h"
#include "nasnet/search/study/search_settings.h"

// Objects of the API that come of an arm's columns alone: see docs/dashboard.md.

namespace nasnet::dashboard {

/// The search's, the baseline's, and those of the trainings at the end.
using AllArms = std::array<ArmColumns, 4>;

nlohmann::ordered_json interval_json(const search::Interval& interval);
nlohmann::ordered_json cost_json(const search::Cost& cost);
/// In the order in which `search --json` adds it up: arm by arm.
search::Cost cost_of(const AllArms& arms);

/// Of the trials that are asked for.
std::map<search::TrialState, int64_t> counts_of(const ArmColumns& arm, int64_t asked);
int64_t count_in(const std::map<search::TrialState, int64_t>& counts, search::TrialState state);
/// The arm's progress, for lists and pages alike.
nlohmann::ordered_json progress_json(const ArmColumns& arm, int64_t asked,
                                     const std::map<search::TrialState, int64_t>& counts);
/// As search::mean_reward() of the trials themselves.
nlohmann::ordered_json mean_json(const ArmColumns& arm, const search::Objective& objective,
                                 int64_t asked);
/// `improvements`: the trials of the curve's.
nlohmann::ordered_json curve_json(const Curve& curve, const search::Objective& objective,
                                  const std::vector<search::Trial>& improvements);
/// Goals with their directions and references; none of a study with one number.
nlohmann::ordered_json goals_json(const search::Objective& objective);
/// Trials an hour of driving, and the seconds that the rest takes at that rate.
nlohmann::ordered_json pace_json(const AllArms& arms, const search::StudySpec& spec,
                                 const search::DriverRecord& driver);
/// Costs by arm, and the budget.
nlohmann::ordered_json ledger_json(const AllArms& arms, const search::SearchSettings& settings);

}  // namespace nasnet::dashboard
