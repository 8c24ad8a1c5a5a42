#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nasnet/latency/times_log.h"

namespace nasnet::latency {

/// How networks are timed: some runs each, in rounds over all networks, so that whatever changes on
/// the machine meets all of them; those whose times spread are measured again.
struct Protocol {
  int rounds = 3, runs = 5;  ///< medians are of rounds x runs
  int repeats = 2;           ///< more tries for a network whose times spread
  double noisy = 0.05;       ///< a spread that is more than this
  double share = 0.25;       ///< the machine is busy where more of the networks are noisy
};

/// A network's times: the median of its passes, in milliseconds.
struct Timing {
  double ms = 0;
  double spread = 0;  ///< (third quartile - first quartile) / median
};
/// Quartiles are interpolated. `times` must not be empty.
Timing timing_of(std::vector<double> times);

/// The message of Interrupted.
inline constexpr const char* kStopped = "stopped; the same command goes on from here";

/// Milliseconds of `runs` passes of a network, after some that warm up.
using TimeNetwork = std::function<std::vector<double>(int network, int runs)>;

struct Measured {
  std::vector<Timing> timings;
  std::vector<int> noisy;  ///< networks whose times spread
  bool busy = false;
};

/// Measures `networks` networks. What `log` holds already is not measured again, and it takes what
/// is measured. `tell(done, of)` after each. Of a noisy network's tries the fastest counts. Throws
/// Interrupted, SystemError where a time is no positive number, and, unless busy machines are
/// allowed, InputError where networks of the log are not as fast any more as they were.
Measured measure(int networks, const Protocol& protocol, const TimeNetwork& time, TimesLog& log,
                 const std::function<void(int done, int of)>& tell, bool allow_busy = false);

/// "the machine is busy: ...", with what to do: the error of a busy machine.
std::string busy_message(const Measured& measured, const Protocol& protocol);

}  // namespace nasnet::latency
