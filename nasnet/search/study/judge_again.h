#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/search/store/store.h"

namespace nasnet::search {

/// Finished trials as another objective judges them.
struct Judgement {
  int64_t finished = 0, beyond = 0;  ///< all of both arms, and those beyond its limits
  std::vector<Trial> changed;        ///< with the rewards that they have by it
};

/// Judges both arms' trials; changes nothing in the store.
Judgement judge_again(Store& store, const Objective& objective);

}  // namespace nasnet::search
