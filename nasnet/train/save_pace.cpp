#include "nasnet/train/save_pace.h"

#include <algorithm>

namespace nasnet::train {
namespace {

/// Seconds of work for each that a save took: two hundredths of the time are spent on saving.
constexpr double kWorkForSaving = 50;
/// Within an epoch so much work is let go.
constexpr double kFewSeconds = 5;

double seconds(SavePace::Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

bool SavePace::due(Clock::time_point now, bool epoch_ended) const {
  const double pause = std::max(epoch_ended ? 0 : kFewSeconds, kWorkForSaving * cost_);
  return seconds(now - last_) >= std::min(pause, most_);
}

void SavePace::saved(Clock::time_point begin, Clock::time_point end) {
  cost_ = seconds(end - begin);
  last_ = end;
}

}  // namespace nasnet::train
