#include "nasnet/search/study/study_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "nasnet/base/check.h"
#include "nasnet/search/study/earlier_studies.h"
#include "nasnet/search/study/final_trainings.h"

namespace nasnet::search {
namespace {

ArmSettings arm_settings(const StudySpec& spec) {
  const StudySettings& settings = spec.settings;
  return {asked_trials(settings),
          settings.generation,
          settings.lag,
          settings.halving,
          spec.epochs,
          rung_criterion(settings.halving, spec.objective)};
}

}  // namespace

LeaseSettings next_lease(const StudySpec& spec) {
  static std::atomic<int> runs = 0;
  return {this_owner(Role::kDriver, ++runs), spec.settings.lease, spec.settings.retry,
          spec.objective};
}

StudyDriver::StudyDriver(Store& store, const StudySpec& spec)
    : store_(store), spec_(spec), lease_(next_lease(spec)) {
  store.drive(lease_.own_crew);
  add_arm(kSearchArm, spec.settings.strategy);
  if (has_baseline(spec.settings)) {
    add_arm(kBaselineArm, StrategyKind::kRandom);
  } else if (store.arm(kBaselineArm).proposed > 0) {
    retire_baseline();
  }
  for (const char* name : {kRetrainArm, kSampleArm})
    extra_.push_back(std::make_unique<ExtraArm>(name, store, lease_));
  find_best();
  store.set_state(StudyState::kRunning);
}

void StudyDriver::add_arm(const char* name, StrategyKind strategy) {
  const bool searched = name == std::string(kSearchArm);
  Candidates candidates = candidates_of(spec_, searched);
  if (searched) candidates.set_earlier(kept_earlier_studies(store_));
  arms_.push_back(std::make_unique<Arm>(
      name, make_strategy(strategy, candidates, spec_.settings.strategies, spec_.seed), store_,
      candidates, arm_settings(spec_), lease_));
}

/// The baseline of a study that goes on without one: it goes no further, and its costs are spent.
void StudyDriver::retire_baseline() {
  ArmSettings none = arm_settings(spec_);
  none.trials = 0;
  const Candidates candidates = candidates_of(spec_, false);
  retired_.emplace(
      kBaselineArm,
      make_strategy(StrategyKind::kRandom, candidates, spec_.settings.strategies, spec_.seed),
      store_, candidates, none, lease_);
}

/// Both arms first; once they are complete, the trainings at the end, which are chosen by all of
/// their results. The checks come last, so that what was found is stored before TrialsFailed ends
/// the run.
StudyDriver::Step StudyDriver::step() {
  bool changed = false;
  for (auto& arm : arms_) changed |= arm->step();
  const bool searched =
      std::all_of(arms_.begin(), arms_.end(), [](const auto& arm) { return arm->complete(); });
  if (searched && !extra_asked_) {
    ask_for_extra();
    extra_asked_ = changed = true;
  }
  for (auto& arm : extra_) changed |= arm->step();
  if (retired_) retired_->step();
  if (changed) find_best();
  check_failures();
  if (Clock::now() - beaten_ > std::chrono::seconds(1)) beat();
  if (complete()) leave(StudyState::kComplete);
  return {changed, complete()};
}

void StudyDriver::beat() {
  const auto now = Clock::now();
  store_.beat_driver(std::chrono::duration<double>(now - beaten_).count());
  beaten_ = now;
}

void StudyDriver::leave(StudyState state) {
  if (std::exchange(left_as_, state) == state) return;
  beat();
  store_.set_state(state);
}

/// Both arms' best cells several times, and a sample of the search's candidates once.
void StudyDriver::ask_for_extra() {
  NASNET_CHECK(!extra_asked_, "the last trainings are chosen once, by final rewards");
  const StudySettings& settings = spec_.settings;
  if (settings.seeds > 0)
    extra_[0]->want(best_candidates(store_, spec_), settings.seeds, retrain_epochs(spec_));
  if (settings.sample > 0)
    extra_[1]->want(sample_candidates(store_, spec_), 1, retrain_epochs(spec_));
}

int64_t StudyDriver::finished() const {
  int64_t sum = 0;
  for (const auto& arm : arms_) sum += arm->finished();
  for (const auto& arm : extra_) sum += arm->finished();
  return sum;
}

int64_t StudyDriver::total() const {
  const int64_t extra = extra_[0]->total() + extra_[1]->total();
  return extra_asked_ ? static_cast<int64_t>(arms_.size()) * asked_trials(spec_.settings) + extra
                      : std::max(total_trials(spec_), finished());
}

bool StudyDriver::complete() const {
  NASNET_DCHECK(finished() <= total(), "progress is a share of all");
  if (!extra_asked_) return false;
  return std::all_of(extra_.begin(), extra_.end(),
                     [](const auto& arm) { return arm->finished() == arm->total(); });
}

Cost StudyDriver::cost() const {
  Cost sum;
  for (const auto& arm : arms_) sum += arm->cost();
  for (const auto& arm : extra_) sum += arm->cost();
  if (retired_) sum += retired_->cost();
  return sum;
}

bool StudyDriver::is_hopeless() const {
  return std::all_of(arms_.begin(), arms_.end(),
                     [](const auto& arm) { return arm->is_hopeless().value_or(false); });
}

void StudyDriver::check_failures() const {
  const bool hopeless = is_hopeless();  // reads the failures of trials that are settled
  int64_t failed = 0;
  std::string message;
  const auto add = [&](const auto& arms) {
    for (const auto& arm : arms) {
      failed += arm->failed();
      if (!arm->last_failure().empty()) message = arm->last_failure();
    }
  };
  add(arms_);
  add(extra_);
  if (hopeless)
    throw TrialsFailed(
        fmt::format("the first {} trials of this run all failed; the last one's cause: {}; mend "
                    "it, then run the same command again with --retry-failed",
                    kFirstTrials, message));
  if (spec_.settings.max_failed > 0 && failed > spec_.settings.max_failed)
    throw TrialsFailed(
        fmt::format("{} trials have failed, more than --max-failed {}; the last one's "
                    "cause: {}",
                    failed, spec_.settings.max_failed, message));
}

void StudyDriver::find_best() {
  const std::vector<Trial> best =
      store_.best(kSearchArm, 1, asked_trials(spec_.settings), spec_.objective.least_reward());
  if (!best.empty()) best_ = best[0].reward;
}

StudyStatus StudyDriver::status() const {
  StudyStatus status;
  status.finished = finished();
  status.total = total();
  status.best = best_;
  status.cost = cost();
  status.entropy_share = [this] { return entropy_share(); };
  for (const auto& arm : arms_) status.settled[arm->name()] = arm->settled();
  return status;
}

}  // namespace nasnet::search
