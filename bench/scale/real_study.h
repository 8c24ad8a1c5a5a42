#pragma once

#include <string>

#include "bench/scale/virtual_study.h"

namespace nasnet::scale {

/// Runs the plan's study in real time: a driver, and for each worker a thread that sleeps instead
/// of evaluating, with a connection of its own. Of the outcome it knows utilisation, whole, trials
/// and hours. `store` and `study` as for search::open_store().
Outcome run_real(const Plan& plan, const std::string& store, const std::string& study);

}  // namespace nasnet::scale
