#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "nasnet/space/search_space.h"

namespace nasnet::search {

enum class TrialState {
  kPending,  ///< proposed; perhaps being evaluated just now
  kDone,
  kFailed,
};

std::string to_text(TrialState state);

/// One candidate on its way through a study.
struct Trial {
  std::string arm;  ///< "search" or "baseline"
  int64_t number = 0;
  space::Choices choices;
  TrialState state = TrialState::kPending;
  double reward = 0;                           ///< of a trial that is done
  std::map<std::string, double> measurements;  ///< of a trial that is done
  std::string cause;                           ///< of a trial that failed
  int attempts = 0;
  double core_seconds = 0;  ///< processor time of the evaluation
};

inline constexpr const char* kSearchArm = "search";
inline constexpr const char* kBaselineArm = "baseline";

}  // namespace nasnet::search
