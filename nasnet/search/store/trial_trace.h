#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nasnet::search {

/// An epoch of a candidate's training, on its training images.
struct CurvePoint {
  int64_t epoch = 0;    ///< from 1
  double loss = 0;      ///< the mean of an image
  double accuracy = 0;  ///< [0, 1]; 0 where the training has none, as a detector's
  bool operator==(const CurvePoint&) const = default;
};

/// The course of a trial's latest attempt, kept for whoever looks into it: nothing that a study
/// finds depends on it.
struct TrialTrace {
  /// When it ended, in seconds since 1970 by the clock of its worker's machine; 0: not known.
  double finished = 0;
  std::vector<CurvePoint> curve;  ///< empty where nothing was trained
  std::string log;  ///< of a failed one: the last lines that its worker wrote to standard error
};

}  // namespace nasnet::search
