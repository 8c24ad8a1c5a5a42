#include "nasnet/search/workers/crew.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::search {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <class A>
bool is_same_trial(const A& a, const Trial& b) {
  return a.number == b.number && a.arm == b.arm;
}

bool contains(const std::vector<Claim>& claims, const Claim& claim) {
  return std::any_of(claims.begin(), claims.end(), [&](const Claim& other) {
    return is_same_trial(other.trial, claim.trial) && other.token == claim.token;
  });
}

/// True if the task is the claim's: see task_of().
bool is_of(const Task& task, const Claim& claim) {
  return task.token == claim.token && is_same_trial(task, claim.trial);
}

}  // namespace

Task task_of(const Claim& claim, uint64_t seed) {
  const Trial& trial = claim.trial;
  Task task{seed, trial.arm, trial.number, trial.choices};
  (is_extra_arm(trial.arm) ? task.schedule : task.epochs) = trial.epochs;
  task.token = claim.token;
  return task;
}

Crew::Crew(Store& store, TaskRunner& runner, CrewSettings settings, Owner owner)
    : store_(store),
      runner_(runner),
      settings_(std::move(settings)),
      owner_(std::move(owner)),
      saved_(Clock::now()),
      said_(saved_) {}

/// A trial that was taken back from this crew while it was silent may come to it again.
void Crew::give_up_earlier(const Trial& trial) {
  const auto found = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) {
    return is_same_trial(claim.trial, trial);
  });
  if (found == claims_.end()) return;
  runner_.drop(task_of(*found));
  claims_.erase(found);
}

/// Results wait for up to a twentieth of a second, so that quick evaluations, as of a table, share
/// a transaction; nothing waits once no work is left. The beat comes last: it tells costs of what
/// is still in work then.
int64_t Crew::turn(double seconds) {
  take_work();
  int64_t ended = 0;
  for (auto finished = runner_.wait(seconds); finished; finished = runner_.wait(0)) {
    conclude(*finished);
    ++ended;
    // Several results share a transaction where they come quickly.
    if (seconds_since(saved_) > 0.05) break;
  }
  if (!results_.empty() && (claims_.empty() || seconds_since(saved_) > 0.05)) save();
  if (seconds_since(said_) > std::min(settings_.lease_seconds / 4, kLongestSilence)) say_alive();
  return ended;
}

void Crew::take_work() {
  if (Clock::now() < next_look_) return;
  const int64_t room = runner_.room();
  if (room == 0) return;
  std::vector<Claim> claims = store_.claim(owner_, room);
  pause_ = claims.empty() ? next_pause(pause_, settings_) : 0;
  if (static_cast<int64_t>(claims.size()) < room)
    next_look_ =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(std::max(pause_, settings_.idle_seconds)));
  for (Claim& claim : claims) {
    // After a lost connection the store tells of all that this crew has (see Store::claim()): what
    // is in work, and what only waits for its result to be stored.
    if (contains(claims_, claim) || contains(results_, claim)) continue;
    give_up_earlier(claim.trial);
    runner_.start(task_of(claim));
    claims_.push_back(std::move(claim));
  }
}

void Crew::conclude(const Finished& finished) {
  const auto found = std::find_if(claims_.begin(), claims_.end(),
                                  [&](const Claim& claim) { return is_of(finished.task, claim); });
  if (found == claims_.end()) return;  // it was given up
  NASNET_CHECK(finished.measurements || finished.cause != Cause::kNone,
               "an evaluation has measurements, or a cause for having none");
  share_energy();
  Claim claim = std::move(*found);
  claims_.erase(found);
  Trial& trial = claim.trial;
  trial.cost += finished.cost;
  claim.trace = {0, finished.curve, finished.log};
  if (finished.measurements) {
    note_result(trial, *finished.measurements, settings_.objective);
  } else {
    note_failure(trial, finished.cause, finished.message, settings_.retry);
    if (trial.state == TrialState::kPending) wake();
  }
  results_.push_back(std::move(claim));
}

void Crew::save() {
  const size_t answers = store_.finish(results_).size();
  NASNET_CHECK(answers == results_.size(), "the store answers for each result");
  results_.clear();
  saved_ = Clock::now();
}

void Crew::say_alive() {
  said_ = Clock::now();
  share_energy();
  if (claims_.empty()) return;
  std::vector<Claim> now = claims_;
  for (Claim& claim : now) claim.trial.cost += runner_.cost(task_of(claim));
  const std::vector<bool> mine = store_.beat(now);
  NASNET_CHECK(mine.size() == claims_.size(), "the store answers for each claim");
  for (size_t i = mine.size(); i-- > 0;) {
    if (mine[i]) continue;
    runner_.drop(task_of(claims_[i]));
    claims_.erase(claims_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

/// The machine's energy goes to the trials in work, in equal parts: nobody can tell better.
void Crew::share_energy() {
  if (!meter_.works()) return;
  const double joules = meter_.joules();
  for (Claim& claim : claims_)
    claim.trial.cost.joules += joules / static_cast<double>(claims_.size());
}

/// A result that came in the last moment is stored as such, and only the rest is given back: costs
/// are read before the runner is cancelled, which forgets them.
void Crew::leave() {
  share_energy();
  std::vector<Claim> given_up = claims_;
  for (Claim& claim : given_up) claim.trial.cost += runner_.cost(task_of(claim));
  for (const Finished& finished : runner_.cancel()) conclude(finished);
  for (Claim& claim : given_up) {
    if (!contains(claims_, claim)) continue;
    claim.trial.state = TrialState::kPending;
    results_.push_back(claim);
  }
  claims_.clear();
  if (!results_.empty()) save();
}

}  // namespace nasnet::search
