#pragma once

#include <chrono>

namespace nasnet {

/// Seconds since 1970, by this machine's clock: for people to read, never to measure with.
inline double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace nasnet
