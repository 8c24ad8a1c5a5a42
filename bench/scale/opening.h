#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "nasnet/search/store/database.h"

namespace nasnet::scale {

/// The cost of resuming a large study.
struct Opening {
  double seconds = 0;        ///< from the start of the driver to its first claim
  double build_seconds = 0;  ///< that the study took to be written, beforehand
  int64_t trials = 0;
};

/// Writes a study of so many trials, half the search's and half the baseline's, all but the last
/// generations finished, into an empty store; opens it and drives it until a first trial is
/// claimed.
Opening open_large_study(int64_t trials,
                         const std::function<std::unique_ptr<search::Database>()>& open);

}  // namespace nasnet::scale
