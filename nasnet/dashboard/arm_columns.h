#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/search/store/store.h"

namespace nasnet::dashboard {

/// The outcomes of an arm's trials, a column each, in trial order: all that curves and counts need,
/// in some 50 bytes a trial.
struct ArmColumns {
  std::string arm;
  std::vector<search::TrialState> state;
  std::vector<uint8_t> repeats;  ///< 1 where an earlier trial is repeated
  std::vector<double> reward;    ///< of those that are done; 0 elsewhere
  std::vector<double> core_seconds, gpu_seconds, joules;
  std::vector<double> finished;  ///< seconds since 1970; 0 where it is not known
  /// Trials before it are finished. They stay as they are but for `search --retry-failed`.
  int64_t settled = 0;

  int64_t size() const { return static_cast<int64_t>(state.size()); }
};

/// Reads the trials that were not finished when they were read last; all of them where finished
/// ones may have changed. True if anything is new.
bool refresh(ArmColumns& columns, search::Store& store);

}  // namespace nasnet::dashboard
