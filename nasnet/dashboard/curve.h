#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/dashboard/arm_columns.h"
#include "nasnet/search/goals/objective.h"
#include "nasnet/search/study/statistics.h"

namespace nasnet::dashboard {

/// The quantity along the axis of a curve: a trial's place, counted from 1; what the arm had
/// spent when it was over, in trial order; or the clock, in seconds since 1970, of the latest trial
/// so far in trial order (trials end in another), without those of which it is not known.
enum class Along { kTrials, kCoreHours, kTime };
constexpr EnumNames<Along, 3> names_of(Along) {
  return {{{Along::kTrials, "trials"}, {Along::kCoreHours, "core_hours"}, {Along::kTime, "time"}}};
}

/// Trials that raised the arm's best reward within the limits.
struct Improvement {
  int64_t trial = 0;
  double x = 0, reward = 0;
};

/// Consecutive trials that are done, drawn as one: where `trials` is 1, that trial.
struct Bucket {
  double x = 0;                    ///< of the last of them
  double least = 0, greatest = 0;  ///< reward
  double mean = 0;
  int64_t trials = 0;
  int64_t best = 0;  ///< the trial with the greatest reward, the earliest of them
};

/// Consecutive trials that are finished, the latest of them at x.
struct MovingMean {
  double x = 0;
  search::Mean mean;   ///< of the rewards within the limits
  double repeats = 0;  ///< share of those that are done
  double failed = 0;   ///< share of all
};

struct Curve {
  std::vector<Improvement> improvements;  ///< all of them
  std::vector<Bucket> buckets;            ///< at most as many as were asked for
  double end = 0;                         ///< x of the last trial that is finished
  int64_t window = 0;                     ///< trials in each of the next
  std::vector<MovingMean> moving;         ///< at most kMovingMeans, the last over the last trials
};
inline constexpr int64_t kMovingMeans = 200;

/// The curve of the first `asked` trials, in at most `most` (at least 1) buckets of equal numbers
/// of trials: each extreme of the rewards is in one of them. Moving means are over a twentieth of
/// the trials that are finished, at least 10 and at most 1,000.
Curve draw_curve(const ArmColumns& columns, const search::Objective& objective, int64_t asked,
                 Along along, int64_t most);

}  // namespace nasnet::dashboard
