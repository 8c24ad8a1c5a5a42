#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/search/store/store.h"

namespace nasnet::search {

/// Gives a trial that is done, or paused at a rung, the reward that the objective has for its
/// measurements; true where that is another. A candidate beyond hard limits has it at every rung.
/// Throws as Objective::reward() does.
bool judge(Trial& trial, const Objective& objective);

/// Trials as another objective judges them.
struct Judgement {
  int64_t finished = 0, beyond = 0;  ///< all of both searching arms, and those beyond its limits
  std::vector<Trial> changed;        ///< of all arms, with the rewards that they have by it
};

/// Judges all arms' trials; changes nothing in the store.
Judgement judge_again(Store& store, const Objective& objective);

}  // namespace nasnet::search
