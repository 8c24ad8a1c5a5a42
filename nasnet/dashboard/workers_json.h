#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "nasnet/dashboard/arm_columns.h"

namespace nasnet::dashboard {

/// Rates are of so many seconds before the latest end of a trial.
inline constexpr double kRecent = 900;

/// Those that hold trials, or have finished some lately, with the trials in their hands, those that
/// they finish an hour, and the cores that these keep busy: null where there are too few to tell.
/// Crews of a study, not single processes. Without `arms`, those that hold trials alone.
nlohmann::ordered_json workers_json(search::Store& store, std::span<const ArmColumns> arms);

}  // namespace nasnet::dashboard
