#include "nasnet/latency/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"

namespace nasnet::latency {
namespace {

double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * (static_cast<double>(sorted.size()) - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

class Measurement {
 public:
  Measurement(int networks, const Protocol& protocol, const TimeNetwork& time, TimesLog& log,
              const std::function<void(int, int)>& tell)
      : networks_(networks), protocol_(protocol), time_(time), log_(log), tell_(tell) {}

  Measured run() {
    const int of = networks_ * protocol_.rounds;
    int done = 0;
    for (int round = 0; round < protocol_.rounds; ++round)
      for (int k = 0; k < networks_; ++k) {
        ensure(k, round, protocol_.runs);
        tell_(++done, of);
      }
    Measured measured;
    for (int k = 0; k < networks_; ++k) measured.timings.push_back(base(k));
    for (int repeat = 0; repeat < protocol_.repeats; ++repeat)
      for (int k = 0; k < networks_; ++k)
        if (is_noisy(measured.timings[k])) try_again(k, repeat, measured.timings[k]);
    for (int k = 0; k < networks_; ++k)
      if (is_noisy(measured.timings[k])) measured.noisy.push_back(k);
    measured.busy = static_cast<double>(measured.noisy.size()) > protocol_.share * networks_;
    return measured;
  }

 private:
  bool is_noisy(const Timing& timing) const { return timing.spread > protocol_.noisy; }

  const std::vector<double>& ensure(int network, int round, int runs) {
    if (const auto* known = log_.find({network, round})) return *known;
    check_interrupt(kStopped);
    const std::vector<double> times = time_(network, runs);
    for (const double time : times)
      if (!(time > 0) || !std::isfinite(time))
        throw SystemError(
            "a network's time is no number above zero: the clock jumped, or the "
            "program that runs it is broken");
    return log_.add({network, round}, times);
  }

  Timing base(int network) {
    std::vector<double> times;
    for (int round = 0; round < protocol_.rounds; ++round)
      for (const double time : ensure(network, round, protocol_.runs)) times.push_back(time);
    return timing_of(std::move(times));
  }

  void try_again(int network, int repeat, Timing& timing) {
    const Timing again =
        timing_of(ensure(network, protocol_.rounds + repeat, protocol_.rounds * protocol_.runs));
    if (again.spread < timing.spread) timing = again;
  }

  int networks_;
  const Protocol& protocol_;
  const TimeNetwork& time_;
  TimesLog& log_;
  const std::function<void(int, int)>& tell_;
};

}  // namespace

Timing timing_of(std::vector<double> times) {
  std::ranges::sort(times);
  const double median = quantile(times, 0.5);
  return {median, (quantile(times, 0.75) - quantile(times, 0.25)) / median};
}

Measured measure(int networks, const Protocol& protocol, const TimeNetwork& time, TimesLog& log,
                 const std::function<void(int, int)>& tell) {
  return Measurement(networks, protocol, time, log, tell).run();
}

std::string busy_message(const Measured& measured, const Protocol& protocol) {
  return fmt::format(
      "the machine is busy: the times of {} of {} networks spread by more than {:.0f} %; end what "
      "runs beside, and run the same again, or take them so with --allow-busy",
      measured.noisy.size(), measured.timings.size(), 100 * protocol.noisy);
}

}  // namespace nasnet::latency
