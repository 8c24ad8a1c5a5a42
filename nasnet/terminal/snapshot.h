#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nasnet/dashboard/live_study.h"

namespace nasnet::terminal {

/// All that is shown of a study, as it was at one moment: the API's objects (docs/dashboard.md).
struct Snapshot {
  nlohmann::ordered_json study;                                   ///< null where it was never read
  nlohmann::ordered_json curve;                                   ///< along trials
  nlohmann::ordered_json best = nlohmann::ordered_json::array();  ///< trials, the best first
  std::string problem;  ///< why the study is out of reach now; "" where it is not
};

/// The study as it was found by its last refresh(). Of one that is out of reach `before` stays.
Snapshot take_snapshot(dashboard::LiveStudy& live, const Snapshot& before = {});

/// True if no driver is about to change it.
bool has_ended(const Snapshot& snapshot);

/// Seconds until the trials are finished or a budget is spent, at the mean pace so far, without the
/// trainings at the end; negative where nothing says.
double seconds_to_go(const nlohmann::ordered_json& study);

/// Hours with two digits behind the point, more where it is less than one: "1.25", "0.00417".
std::string hours_text(double seconds);

/// "running", "complete", "its driver is silent".
std::string state_text(const nlohmann::ordered_json& study);

/// One line on how far the study is, for logs: "cells.db: running, 12 of 40 trials, ...".
std::string progress_line(const Snapshot& snapshot);

}  // namespace nasnet::terminal
