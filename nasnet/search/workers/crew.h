#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/search/store/retry.h"
#include "nasnet/search/store/store.h"
#include "nasnet/search/workers/energy.h"
#include "nasnet/search/workers/task_runner.h"

namespace nasnet::search {

/// Beats come at least so often, in seconds: they tell the cost of what is in work too, and a
/// search that is killed forgets no more than this.
inline constexpr double kLongestSilence = 5;

/// The settings of a crew that a study may be resumed with anew.
struct CrewTerms {
  RetrySettings retry;
  Objective objective;
};

/// The settings that a crew has from its study.
struct CrewSettings {
  uint64_t seed = 0;
  Objective objective;
  RetrySettings retry;
  /// A trial whose worker has not been heard of for so long is taken back.
  double lease_seconds = 60;
  /// Between two looks for work where there was none: at first, and at most.
  double idle_seconds = 0.05, most_idle_seconds = 1;
};

/// The pause before the next look for work, where the last one was `pause` (0 where there was work)
/// and there was none again: many crews that wait must not keep the store busy.
inline double next_pause(double pause, const CrewSettings& settings) {
  return pause == 0 ? settings.idle_seconds : std::min(2 * pause, settings.most_idle_seconds);
}

/// The evaluation that a claimed trial wants, in the study of this seed.
Task task_of(const Claim& claim, uint64_t seed);

/// Has trials of a study evaluated: claims them from the store, hands them to a runner, says
/// that they are being worked on, and stores their results. A search has one in its own process,
/// and `nasnet worker` is one elsewhere; any number may work on a study.
class Crew {
 public:
  /// `owner` must be this crew and no other one, now or later: see this_owner().
  Crew(Store& store, TaskRunner& runner, CrewSettings settings, Owner owner);

  /// Claims what there is room for, waits for at most so many seconds for results, and stores them.
  /// Returns the number of trials whose attempts have ended.
  int64_t turn(double seconds);
  /// There may be new work now.
  void wake() {
    next_look_ = {};
    pause_ = 0;
  }
  /// The study's driver may have been started again with other settings.
  void go_on_by(CrewTerms terms) {
    settings_.retry = terms.retry;
    settings_.objective = std::move(terms.objective);
  }
  /// Trials in work.
  size_t working() const { return claims_.size(); }
  /// Stores what has ended, gives up the rest, and puts it back in the queue.
  void leave();

 private:
  using Clock = std::chrono::steady_clock;
  void take_work();
  void conclude(const Finished& finished);
  void save();
  void say_alive();
  void share_energy();
  void give_up_earlier(const Trial& trial);
  Task task_of(const Claim& claim) const { return search::task_of(claim, settings_.seed); }

  Store& store_;
  TaskRunner& runner_;
  CrewSettings settings_;
  Owner owner_;
  EnergyMeter meter_;
  std::vector<Claim> claims_;   // in work
  std::vector<Claim> results_;  // not stored yet
  Clock::time_point next_look_, saved_, said_;
  double pause_ = 0;  // since the last look for work
};

}  // namespace nasnet::search
