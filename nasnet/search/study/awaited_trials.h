#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/search/store/retry.h"
#include "nasnet/search/store/store.h"

namespace nasnet::search {

/// How the driver looks after trials in the hands of workers: how it tells that a trial's worker is
/// gone, and how it judges results. Crews of earlier drivers are gone; for their trials that is no
/// failed attempt.
struct LeaseSettings {
  /// The crew in the driver's own process, which lives as long as this driver does.
  Owner own_crew;
  /// Longest silence of a worker, in seconds of this process's clock: no two clocks are compared.
  /// Time in which the driver could not look, because the store was out of reach, does not count.
  double seconds = 60;
  RetrySettings retry;
  /// Rewards are by this one, as soon as the driver reads them: a worker that has begun before the
  /// study was resumed with other limits judges by the earlier ones. None: as workers judge.
  std::optional<Objective> objective = {};
};

/// The driver's view of a stretch of one arm's trials: those that it still waits for. Trials are
/// read again when their state in the store has changed, and taken back from workers that have not
/// been heard of.
class AwaitedTrials {
 public:
  AwaitedTrials(Store& store, std::string arm, const LeaseSettings& lease)
      : store_(store), arm_(std::move(arm)), lease_(lease) {}

  /// Looks at trials [first, end) from now on.
  void open(int64_t first, int64_t end);
  int64_t first() const { return first_; }
  int64_t end() const { return first_ + static_cast<int64_t>(trials_.size()); }
  /// The trials, and one by its number.
  std::vector<Trial>& trials() { return trials_; }
  const std::vector<Trial>& trials() const { return trials_; }
  Trial& at(int64_t number) {
    NASNET_CHECK(number >= first_ && number < end(), "only awaited trials are asked for");
    return trials_[number - first_];
  }
  /// The message of the last trial that has failed; "" for none.
  std::string last_failure() const;

  /// Takes new trials at the end, or drops the first ones.
  void append(const std::vector<Trial>& proposed);
  void drop_before(int64_t number);

  /// Reads what has changed; true where anything has.
  bool refresh();

 private:
  using Clock = std::chrono::steady_clock;
  struct Heard {
    int64_t token = 0, beat = -1;
    double when = 0;  // by watched_
  };
  void take_back(const TrialStatus& status);
  void judge_from(int64_t number, int64_t end);
  bool is_lost(const TrialStatus& status);

  Store& store_;
  std::string arm_;
  const LeaseSettings& lease_;
  int64_t first_ = 0;
  std::vector<Trial> trials_;
  std::map<int64_t, Heard> heard_;  // of trials that run
  double watched_ = 0;              // seconds that this has been looked at
  Clock::time_point looked_ = Clock::now();
};

}  // namespace nasnet::search
