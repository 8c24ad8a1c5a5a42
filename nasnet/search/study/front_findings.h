#pragma once

#include <vector>

#include "nasnet/search/study/study.h"

namespace nasnet::search {

/// The front that one arm has found.
struct ArmFront {
  std::vector<Trial> members;  ///< the best by the first goal first
  double hypervolume = 0;      ///< in the goals' units, beside the study's reference
  /// Beside the front of both arms together (see igd_plus()); NaN where that has no member within
  /// the reference.
  double igd_plus = 0;
};

/// The fronts of a study with several goals; empty for another one.
struct FrontFindings {
  ArmFront search, baseline;
};

/// True for trials that may be on a front: done, within the limits, no repeats of others.
bool is_judged(const Trial& trial, const Objective& objective);

/// Of the trials that are judged.
FrontFindings find_fronts(const StudyResult& result);

/// A step of an arm's hypervolume: what it is from that trial on.
struct VolumeStep {
  int64_t trial = 0;
  double hypervolume = 0;
};
/// Its steps, in trial order.
std::vector<VolumeStep> volume_history(const std::vector<Trial>& trials,
                                       const Objective& objective);

}  // namespace nasnet::search
