#pragma once

#include <string>

#include "nasnet/search/store/trial.h"

namespace nasnet::scale {

/// Simulated evaluations: log-normal times (sigma 0.4: nine in ten are within a factor of two) that
/// are the candidate's, whatever the attempt; of the attempts two in a hundred are stragglers that
/// take three times as long, two in a hundred fail on their way, half of these for good and half
/// because their worker is killed.
struct Load {
  double mean_seconds = 60;  ///< of a whole training

  struct Attempt {
    double seconds = 0;
    search::Cause cause = search::Cause::kNone;
  };
  /// How attempt `attempt` at a trial goes: always the same way. `share`: of the whole training,
  /// that it is to make.
  Attempt attempt(const std::string& arm, int64_t trial, int64_t attempt, double share = 1) const;
};

}  // namespace nasnet::scale
