#pragma once

#include <time.h>

#include <algorithm>
#include <vector>

namespace nasnet::bench {

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Seconds of the clock on the wall, or of this thread on its processor: the latter is what counts
/// where others share the machine.
inline double seconds(bool cpu) {
  timespec now;
  ::clock_gettime(cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seconds that all threads of this process have had on processors.
inline double process_seconds() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace nasnet::bench
