#include "nasnet/search/workers/work_loop.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"

namespace nasnet::search {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Has the study ended, or been left by everybody? Looks at the store now and then.
class EndOfWork {
 public:
  EndOfWork(Store& store, double patience) : store_(store), patience_(patience) {}

  /// The reason; "" to go on.
  std::string reason(bool works) {
    if (works) last_work_ = Clock::now();
    if (since(asked_) <= (works ? kLongestSilence : 1)) return "";
    asked_ = Clock::now();
    const DriverRecord driver = store_.driver();
    // The next trials of a driver that lives only wait for others.
    if (driver.beat != beat_) {
      beat_ = driver.beat;
      last_work_ = Clock::now();
    }
    if (driver.state == StudyState::kSpent) return "the study's budget is spent";
    if (works) return "";
    if (driver.state == StudyState::kComplete) return "the study is complete";
    return since(last_work_) > patience_ ? fmt::format("there was no work for {:.0f} s", patience_)
                                         : "";
  }

 private:
  Store& store_;
  double patience_;
  int64_t beat_ = -1;
  Clock::time_point last_work_ = Clock::now(), asked_ = last_work_;
};

/// As the study allows them now; without these there is nothing to go on by.
CrewTerms read_terms(const WorkLoop& loop, Crew& crew) {
  try {
    return loop.read_terms();
  } catch (...) {
    crew.leave();
    throw;
  }
}

}  // namespace

WorkEnd work_on(Store& store, Crew& crew, const WorkLoop& loop) {
  constexpr double kTellEvery = 10;
  WorkEnd end;
  EndOfWork end_of_work(store, loop.patience);
  Clock::time_point told = Clock::now(), read = told;
  for (;;) {
    end.trials += crew.turn(0.2);
    const bool works = crew.working() > 0;
    end.reason = end_of_work.reason(works);
    if (!end.reason.empty()) break;
    if (!works) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (since(read) > kReadAgain) {
      read = Clock::now();
      crew.go_on_by(read_terms(loop, crew));
    }
    if (since(told) > kTellEvery) {
      told = Clock::now();
      loop.tell(end.trials, static_cast<int64_t>(crew.working()));
    }
    if (interrupted()) {
      crew.leave();
      throw Interrupted(
          fmt::format("stopped after {} trials; those in work were given back", end.trials));
    }
  }
  crew.leave();
  return end;
}

}  // namespace nasnet::search
