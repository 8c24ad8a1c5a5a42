#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/search/trial.h"

namespace nasnet::search {

struct Interval {
  double low = 0, high = 0;
  bool operator==(const Interval&) const = default;
};

/// 95 % interval of a share measured as `correct` of `count` (Wilson's score interval, which stays
/// inside [0, 1] and holds for few images too).
Interval wilson_interval(int64_t correct, int64_t count);

/// Mean of the rewards and its standard error (0 for fewer than two).
struct Mean {
  double mean = 0, standard_error = 0;
  int64_t count = 0;
};
Mean mean_reward(const std::vector<Trial>& trials);

/// 95 % interval of a trial's validation accuracy, from its measurements.
Interval reward_interval(const Trial& trial);

/// What the two arms' bests allow to say, in one sentence: that one is above the other only where
/// their intervals do not overlap.
std::string compare_bests(const std::string& name_a, const Trial& a, const std::string& name_b,
                          const Trial& b);

}  // namespace nasnet::search
