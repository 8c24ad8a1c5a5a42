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

  Measured run(bool allow_busy) {
    if (!allow_busy) demand_same_pace();
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

  /// Times of before and of now are of one machine, as busy then as now: else cells would be
  /// compared that were measured under other circumstances.
  void demand_same_pace() {
    constexpr int kChecked = 3;
    std::vector<double> ratios;
    for (int k = 0; k < networks_ && std::ssize(ratios) < kChecked; ++k)
      if (const auto* known = log_.find({k, 0})) {
        const double before = timing_of(*known).ms;
        ratios.push_back(timing_of(time_now(k, protocol_.runs)).ms / before);
      }
    if (ratios.empty()) return;
    const double ratio = timing_of(ratios).ms;
    if (std::abs(ratio - 1) > 2 * protocol_.noisy)
      throw InputError(fmt::format(
          "the machine is not as it was when the measurement began: networks take {:.2f} times as "
          "long; end what runs beside, or remove {} and begin anew",
          ratio, log_.name()));
  }

  std::vector<double> time_now(int network, int runs) {
    check_interrupt(kStopped);
    std::vector<double> times = time_(network, runs);
    for (const double time : times)
      if (!(time > 0) || !std::isfinite(time))
        throw SystemError(
            "a network's time is no number above zero: the clock jumped, or the program that runs "
            "it is broken");
    return times;
  }

  const std::vector<double>& ensure(int network, int round, int runs) {
    if (const auto* known = log_.find({network, round})) return *known;
    return log_.add({network, round}, time_now(network, runs));
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
    // Other programs only add time.
    if (again.ms < timing.ms) timing = again;
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
                 const std::function<void(int, int)>& tell, bool allow_busy) {
  return Measurement(networks, protocol, time, log, tell).run(allow_busy);
}

std::string busy_message(const Measured& measured, const Protocol& protocol) {
  return fmt::format(
      "the machine is busy: the times of {} of {} networks spread by more than {:.0f} %; end what "
      "runs beside, and run the same again, or take them so with --allow-busy",
      measured.noisy.size(), measured.timings.size(), 100 * protocol.noisy);
}

}  // namespace nasnet::latency
