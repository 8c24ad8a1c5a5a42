#include "bench/scale/virtual_study.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <queue>
#include <tuple>
#include <utility>

#include "bench/scale/timed_database.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "nasnet/search/study/arm.h"
#include "nasnet/search/workers/crew.h"

namespace nasnet::scale {
namespace {

using namespace search;
using Clock = std::chrono::steady_clock;

constexpr int kDriver = -1;

class Simulation {
 public:
  Simulation(const Plan& plan, const std::function<std::unique_ptr<Database>()>& open)
      : plan_(plan),
        driver_store_(std::make_unique<TimedDatabase>(open(), served_)),
        worker_store_(std::make_unique<TimedDatabase>(open(), served_)),
        rungs_(rung_epochs(plan.halving, plan.epochs)),
        workers_(static_cast<size_t>(plan.workers)) {
    driver_store_.drive(this_owner(Role::kDriver));
    const ArmSettings settings{trials_with_rungs(plan.halving, plan.trials, plan.generation),
                               plan.generation, plan.lag, plan.halving, plan.epochs};
    const auto add_arm = [&](const char* name, StrategyKind strategy) {
      arms_.push_back(std::make_unique<Arm>(name, make_strategy(strategy, space_, strategies_, 1),
                                            driver_store_, space_, settings, lease_));
    };
    add_arm(kSearchArm, StrategyKind::kPpo);
    if (plan.baseline) add_arm(kBaselineArm, StrategyKind::kRandom);
    push(0, kDriver);
    for (int i = 0; i < plan.workers; ++i) push(0, i);
  }

  Outcome run() {
    while (!complete_) {
      const auto [time, order, actor] = events_.top();
      events_.pop();
      if (actor == kDriver) {
        drive(time);
      } else {
        act(time, actor);
      }
    }
    return outcome();
  }

 private:
  struct Worker {
    std::optional<Claim> claim;
    Load::Attempt attempt;
    double ends = 0, beats = 0, pause = 0;
  };

  void push(double time, int actor) { events_.emplace(time, ++order_, actor); }

  /// Makes a call to the store at `time`; returns when it is answered.
  template <class Call>
  double serve(double time, const Call& call) {
    const double served = served_;
    const auto start = Clock::now();
    call();
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    const double begins = std::max(time, store_free_);
    store_free_ = begins + (served_ - served);
    return begins + took;
  }

  /// As the loop of run_study().
  void drive(double time) {
    bool changed = false;
    const double end = serve(time, [&] {
      for (auto& arm : arms_) changed |= arm->step();
      if (time - tended_ > 1) {
        driver_store_.beat_driver(time - tended_);
        tended_ = time;
      }
    });
    driver_busy_ += end - time;
    complete_ =
        std::all_of(arms_.begin(), arms_.end(), [](const auto& arm) { return arm->complete(); });
    if (complete_) ended_ = end;
    push(end + (changed ? 0.02 : 0.2), kDriver);
  }

  /// As a crew with one place.
  void act(double time, int number) {
    Worker& worker = workers_[static_cast<size_t>(number)];
    if (worker.claim && time < worker.ends) {
      // A worker asks as often whether the study goes on.
      call(time, [&] { worker_store_.beat({*worker.claim}); });
      call(time, [&] { worker_store_.driver(); });
      wait(worker, number, time);
      return;
    }
    if (worker.claim) time = finish(worker, time);
    std::vector<Claim> claims;
    time =
        call(time, [&] { claims = worker_store_.claim(this_owner(Role::kWorker, number + 1), 1); });
    if (claims.empty()) {
      if (is_ending()) return;
      worker.pause = next_pause(worker.pause, crew_);
      push(time + worker.pause, number);
      return;
    }
    worker.pause = 0;
    worker.claim = std::move(claims[0]);
    const Trial& trial = worker.claim->trial;
    last_number_[trial.arm] = std::max(last_number_[trial.arm], trial.number);
    worker.attempt =
        plan_.load.attempt(trial.arm, trial.number, worker.claim->token, share_of(trial));
    worker.ends = time + worker.attempt.seconds;
    spans_.emplace_back(time, worker.ends);
    if (trial.rungs.empty()) last_candidate_ = time;
    wait(worker, number, time);
  }

  /// The share of its whole training that a trial is to make now.
  double share_of(const Trial& trial) const {
    const size_t rung = trial.rungs.size();
    const int64_t end = trial.epochs > 0 ? trial.epochs : plan_.epochs;
    const int64_t begin = plan_.checkpoints && rung > 0 ? rungs_.at(rung - 1) : 0;
    return static_cast<double>(end - begin) / static_cast<double>(plan_.epochs);
  }

  /// True if all trials have been handed out: who finds nothing then leaves. With rungs some come
  /// again.
  bool is_ending() const {
    return rungs_.size() == 1 && last_number_.size() == arms_.size() &&
           std::all_of(last_number_.begin(), last_number_.end(), [&](const auto& last) {
             return last.second >= plan_.trials - plan_.generation / 2;
           });
  }

  void wait(const Worker& worker, int number, double time) {
    push(std::min(worker.ends, time + std::min(crew_.lease_seconds / 4, kLongestSilence)), number);
  }

  double finish(Worker& worker, double time) {
    Claim claim = std::move(*worker.claim);
    worker.claim.reset();
    Trial& trial = claim.trial;
    if (worker.attempt.cause != Cause::kNone) {
      note_failure(trial, worker.attempt.cause, "simulated", crew_.retry);
    } else {
      note_result(trial,
                  {{kAccuracy, static_cast<double>(trial.choices[0] + trial.choices[2]) / 20},
                   {"validation_images", 1000}},
                  crew_.objective);
    }
    trial.cost.core_seconds += worker.attempt.seconds;
    return call(time, [&] { worker_store_.finish({claim}); });
  }

  template <class Call>
  double call(double time, const Call& made) {
    const double end = serve(time, made);
    latencies_.push_back(1000 * (end - time));
    return end;
  }

  Outcome outcome() {
    Outcome result;
    const double workers = plan_.workers, until = last_candidate_;
    double within = 0, evaluated = 0;
    for (const auto& [begin, end] : spans_) {
      within += std::max(0.0, std::min(end, until) - begin);
      evaluated += end - begin;
    }
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [&](double share) {
      return latencies_[static_cast<size_t>(share * static_cast<double>(latencies_.size() - 1))];
    };
    result.utilisation = within / (workers * until);
    result.whole = evaluated / (workers * ended_);
    result.trials = static_cast<int64_t>(spans_.size());
    result.hours = ended_ / 3600;
    result.driver = driver_busy_ / ended_;
    result.store = served_ / ended_;
    result.calls = static_cast<double>(latencies_.size()) / ended_;
    result.median_ms = quantile(0.5);
    result.slow_ms = quantile(0.99);
    return result;
  }

  Plan plan_;
  double served_ = 0;  // by the store, in all
  Store driver_store_, worker_store_;
  const space::NasnetSpace space_;
  const StrategySettings strategies_;
  const CrewSettings crew_;
  const LeaseSettings lease_{Owner{}, 1e9, {}};
  std::vector<std::unique_ptr<Arm>> arms_;
  const std::vector<int64_t> rungs_;
  std::vector<Worker> workers_;
  using Event = std::tuple<double, int64_t, int>;  // when, in which order, whose
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  int64_t order_ = 0;
  double store_free_ = 0, tended_ = 0, driver_busy_ = 0;
  double last_candidate_ = 0, ended_ = 0;
  bool complete_ = false;
  std::map<std::string, int64_t> last_number_;    // handed out, of each arm
  std::vector<std::pair<double, double>> spans_;  // of evaluations: when they begin and end
  std::vector<double> latencies_;
};

}  // namespace

Outcome run_virtual(const Plan& plan, const std::function<std::unique_ptr<Database>()>& open) {
  return Simulation(plan, open).run();
}

}  // namespace nasnet::scale
