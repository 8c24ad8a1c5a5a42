#pragma once

#include <chrono>

namespace nasnet::train {

/// Decides when a training is saved: at an epoch's end, and every few seconds, but never so often
/// that saving takes more than a fiftieth of the time, unless more than `most_seconds` of work
/// would be lost.
class SavePace {
 public:
  using Clock = std::chrono::steady_clock;

  SavePace(double most_seconds, Clock::time_point now) : most_(most_seconds), last_(now) {}

  bool due(Clock::time_point now, bool epoch_ended) const;
  /// A save took from `begin` to `end`.
  void saved(Clock::time_point begin, Clock::time_point end);

 private:
  double most_, cost_ = 0;
  Clock::time_point last_;
};

}  // namespace nasnet::train
