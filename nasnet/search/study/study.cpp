#include "nasnet/search/study/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/search/study/read_study.h"
#include "nasnet/search/study/study_driver.h"

namespace nasnet::search {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A loop over the study's driver, with a crew in this process where there is one.
class Run {
 public:
  Run(Store& store, const StudySpec& spec, const StudyBudget& budget, const StudyHands& hands)
      : budget_(budget),
        hands_(hands),
        driver_(store, spec),
        spent_before_(store.driver().seconds) {
    if (hands.runner)
      crew_.emplace(
          store, *hands.runner,
          CrewSettings{spec.seed, spec.objective, spec.settings.retry, spec.settings.lease},
          driver_.own_crew());
  }

  /// Returns the budget that is spent; "" where the study is complete.
  std::string run(const std::function<void(const StudyStatus&)>& show) {
    if (show) show(status());
    std::string spent;
    for (;;) {
      const StudyDriver::Step step = take_step();
      if (step.complete) break;
      spent = spent_budget();
      if (!spent.empty()) break;
      if (crew_) {
        if (step.changed) crew_->wake();
        crew_->turn(0.1);
      } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(step.changed ? 20 : 200));
      }
      tend(false);
      if (show) show(status());
      if (interrupted() || (hands_.stop && hands_.stop())) {
        leave(StudyState::kStopped);
        const StudyStatus left = status();
        throw Interrupted(
            fmt::format("stopped after {} of {} trials; run the same command again to resume",
                        left.finished, left.total));
      }
    }
    leave(spent.empty() ? StudyState::kComplete : StudyState::kSpent);
    if (show) show(status());
    return spent;
  }

  std::optional<double> entropy_share() const { return driver_.entropy_share(); }

 private:
  StudyDriver::Step take_step() {
    try {
      return driver_.step();
    } catch (const TrialsFailed&) {
      leave(StudyState::kStopped);
      throw;
    }
  }

  std::string spent_budget() const {
    return search::spent_budget(budget_, spent_before_ + seconds_since(start_), driver_.cost());
  }

  void tend(bool now) {
    if (!now && seconds_since(tended_) < 1) return;
    tended_ = Clock::now();
    if (hands_.tend) hands_.tend();
  }

  void leave(StudyState state) {
    if (crew_) crew_->leave();
    tend(true);
    driver_.leave(state);
  }

  StudyStatus status() const {
    StudyStatus status = driver_.status();
    if (hands_.runner) status.images = hands_.runner->images();
    return status;
  }

  StudyBudget budget_;
  const StudyHands& hands_;
  Clock::time_point start_ = Clock::now(), tended_ = start_;
  StudyDriver driver_;
  std::optional<Crew> crew_;
  double spent_before_;
};

}  // namespace

Objective objective_of(const StudySettings& settings) {
  Goals goals(settings.goals);
  // Until a reference is settled none is there to be read.
  Losses reference = settings.reference.empty() ? Losses() : goals.reference(settings.reference);
  return Objective(settings.objective, std::move(goals), std::move(reference),
                   parse_hard_limits(settings.limits));
}

Candidates candidates_of(const StudySpec& spec, bool searched) {
  const Objective& objective = spec.objective;
  Candidates candidates(spec.space, objective.goals(), objective.reference(),
                        objective.hard_limits(), spec.counter);
  if (!searched) return candidates;
  candidates.set_screen(parse_screen(spec.settings.screen, spec.settings.screen_by));
  candidates.set_columns(spec.settings.columns);
  return candidates;
}

int64_t asked_trials(const StudySettings& settings) {
  return trials_with_rungs(settings.halving, settings.trials, settings.generation);
}

int64_t total_trials(const StudySpec& spec) {
  const StudySettings& settings = spec.settings;
  const int64_t arms = has_baseline(settings) ? 2 : 1;
  int64_t total = arms * asked_trials(settings);
  const int64_t each = std::min<int64_t>(settings.retrain, asked_trials(settings));
  total += arms * each * settings.seeds;
  return total + std::min<int64_t>(settings.sample, asked_trials(settings));
}

std::string spent_budget(const StudyBudget& budget, double seconds, const Cost& cost) {
  const auto is_spent = [](double limit, double value) { return limit > 0 && value >= limit; };
  if (is_spent(budget.seconds, seconds)) return "time";
  if (is_spent(3600 * budget.core_hours, cost.core_seconds)) return "core-hours";
  if (is_spent(3600 * budget.gpu_hours, cost.gpu_seconds)) return "gpu-hours";
  if (is_spent(budget.joules, cost.joules)) return "energy";
  return "";
}

std::vector<Trial> best_trials(const std::vector<Trial>& trials, size_t count,
                               const Objective& objective) {
  std::vector<Trial> best;
  for (const Trial& trial : trials)
    if (trial.state == TrialState::kDone && objective.admits(trial.reward)) best.push_back(trial);
  std::stable_sort(best.begin(), best.end(),
                   [](const Trial& a, const Trial& b) { return a.reward > b.reward; });
  best.resize(std::min(best.size(), count));
  return best;
}

StudyResult run_study(Store& store, const StudySpec& spec, const StudyBudget& budget,
                      const StudyHands& hands,
                      const std::function<void(const StudyStatus&)>& show) {
  Run run(store, spec, budget, hands);
  const std::string spent = run.run(show);
  StudyResult result = read_study(store, spec);
  result.complete = spent.empty();
  result.ended_by = spent;
  result.entropy_share = run.entropy_share();
  return result;
}

}  // namespace nasnet::search
