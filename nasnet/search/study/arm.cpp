#include "nasnet/search/study/arm.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"

namespace nasnet::search {
namespace {

/// Forms are compared, never read: a hash of 128 bits stands for each.
std::string short_form(const std::string& form) {
  return fmt::format("{:016x}{:016x}", hash64(form), hash64("second" + form));
}

/// Policies move slowly: of those after the 64th generation every second one is kept, after the
/// 128th every fourth, and so on.
bool is_kept(int64_t generation) {
  int64_t step = 1;
  while (generation >= 64 * step) step *= 2;
  return generation % step == 0;
}

/// The policy that has just proposed the generation after so many trials, where it is kept.
std::optional<PolicyRecord> kept_policy(const Strategy& strategy, int64_t generation,
                                        int64_t trials) {
  if (!is_kept(generation)) return std::nullopt;
  std::optional<PolicyShape> policy = strategy.latest_policy();
  if (!policy) return std::nullopt;
  return PolicyRecord{trials, policy->entropy, std::move(policy->probabilities)};
}

}  // namespace

Arm::Arm(const std::string& name, std::unique_ptr<Strategy> strategy, Store& store,
         const Candidates& candidates, const ArmSettings& settings, const LeaseSettings& lease)
    : strategy_(std::move(strategy)),
      store_(store),
      candidates_(candidates),
      settings_(settings),
      rungs_(rung_epochs(settings.halving, settings.epochs)),
      record_(store.arm(name)),
      awaited_(store, name, lease) {
  if (record_.proposed > 0) strategy_->restore(record_.strategy_state);
  record_.strategy_state.clear();
  open_window();
  store_.ask_for(name, awaited_.first(), settings_.trials);
  awaited_.refresh();
  for (const Trial& trial : awaited_.trials()) candidates_.space().check(trial.choices);
  begin_ = settled();
}

void Arm::Sums::add(const Trial& trial) {
  if (!trial.finished()) return;  // nobody asks for it any more
  ++(trial.state == TrialState::kDone ? done : failed);
  if (trial.repeats >= 0) ++repeats;
  cost += trial.cost;
}

/// Only where failed trials were put back in the queue is anything that was observed looked at
/// again: the record's sums are then of what these trials were before.
void Arm::open_window() {
  const int64_t size = settings_.generation, end = record_.proposed * size;
  const bool retried = store_.has_retried();
  awaited_.open(retried ? 0 : record_.observed * size, end);
  if (awaited_.end() != end)
    throw InputError("the study is damaged: its trials do not fill its generations");
  if (retried) {
    drop_settled();
  } else {
    before_ = {record_.done, record_.failed, record_.repeats, record_.cost};
  }
}

/// Generations that are observed and finished are awaited no more.
void Arm::drop_settled() {
  const int64_t size = settings_.generation;
  int64_t first = awaited_.first();
  const auto is_finished = [&](int64_t begin) {
    const auto trials = std::span(awaited_.trials()).subspan(begin - awaited_.first(), size);
    return std::all_of(trials.begin(), trials.end(), [&](const Trial& trial) {
      return trial.finished() || trial.number >= settings_.trials;
    });
  };
  NASNET_CHECK((awaited_.end() - first) % size == 0, "whole generations are awaited");
  while (first < record_.observed * size && is_finished(first)) first += size;
  for (int64_t number = awaited_.first(); number < first; ++number)
    before_.add(awaited_.at(number));
  awaited_.drop_before(first);
}

/// The order matters: a trial that was taken back may be beyond those asked for; a rung decides
/// only over results that were read; a repeat takes over a decision of the same step, which is why
/// settle() is called until nothing is left to decide; and only then is a generation complete.
bool Arm::step() {
  bool changed = awaited_.refresh();
  hold_back();
  while (settle()) changed = true;
  if (observe_and_propose()) changed = true;
  drop_settled();
  return changed;
}

int64_t Arm::count(TrialState state) const {
  return std::count_if(awaited_.trials().begin(), awaited_.trials().end(), [&](const Trial& trial) {
    return trial.state == state && trial.number < settings_.trials;
  });
}

/// Trials that nobody asks for any more go back to the queue where their workers have gone.
void Arm::hold_back() {
  bool found = false;
  for (Trial& trial : awaited_.trials()) {
    if (trial.state != TrialState::kPending || trial.number < settings_.trials) continue;
    trial.state = TrialState::kHeld;
    found = true;
  }
  if (found) store_.ask_for(name(), awaited_.first(), settings_.trials);
}

std::optional<bool> Arm::is_hopeless() {
  if (hopeless_ || settled() < begin_ + kFirstTrials) return hopeless_;
  const std::vector<Trial> first = store_.trials(name(), begin_, begin_ + kFirstTrials);
  const auto failed = [](const Trial& trial) { return trial.state == TrialState::kFailed; };
  hopeless_ = std::all_of(first.begin(), first.end(), failed) &&
              store_.best(name(), 1, begin_ + kFirstTrials).empty();
  last_failure_ = first.back().message;
  return hopeless_;
}

int64_t Arm::repeats() const {
  return before_.repeats +
         std::count_if(awaited_.trials().begin(), awaited_.trials().end(),
                       [](const Trial& trial) { return trial.repeats >= 0 && trial.finished(); });
}

int64_t Arm::settled() const {
  const auto open = std::find_if(awaited_.trials().begin(), awaited_.trials().end(),
                                 [](const Trial& trial) { return !trial.finished(); });
  return awaited_.first() + (open - awaited_.trials().begin());
}

std::string Arm::last_failure() const {
  const std::string latest = awaited_.last_failure();
  return latest.empty() ? last_failure_ : latest;
}

Cost Arm::cost() const {
  Cost cost = before_.cost;
  for (const Trial& trial : awaited_.trials()) cost += trial.cost;
  return cost;
}

/// Decides over rungs and repeats; true where it has decided anything.
bool Arm::settle() {
  std::vector<Trial> decided;
  const int64_t size = settings_.generation;
  if (rungs_.size() > 1) {
    for (int64_t first = awaited_.first(); first < awaited_.end(); first += size) {
      const std::vector<Trial> some =
          decide_rungs(std::span(awaited_.trials()).subspan(first - awaited_.first(), size), rungs_,
                       settings_.halving.eta, settings_.rung_by);
      decided.insert(decided.end(), some.begin(), some.end());
    }
  }
  for (const Trial& trial : awaited_.trials()) {
    if (trial.state != TrialState::kWaiting || trial.number >= settings_.trials) continue;
    Trial repeat = trial;
    take_result_of(repeat);
    if (repeat.finished()) decided.push_back(std::move(repeat));
  }
  if (decided.empty()) return false;
  store_.advance({std::nullopt, std::nullopt, decided, {}, std::nullopt});
  for (Trial& trial : decided) awaited_.at(trial.number) = std::move(trial);
  return true;
}

/// A repeat takes over what the trial that it repeats has come to, where that is finished.
void Arm::take_result_of(Trial& repeat) {
  NASNET_CHECK(repeat.repeats >= 0 && repeat.repeats < repeat.number,
               "a trial repeats only an earlier one");
  const Trial original = repeat.repeats >= awaited_.first() && repeat.repeats < awaited_.end()
                             ? awaited_.at(repeat.repeats)
                             : store_.trials(name(), repeat.repeats, repeat.repeats + 1).at(0);
  if (!original.finished()) return;
  repeat.state = original.state;
  repeat.reward = original.reward;
  repeat.rungs = original.rungs;
  repeat.epochs = original.epochs;
  repeat.measurements = original.measurements;
  repeat.cause = original.cause;
  repeat.message = original.message;
}

/// Generation g is proposed when exactly those before g - lag have been observed.
bool Arm::observe_and_propose() {
  const int64_t size = settings_.generation;
  const int64_t generations = (settings_.trials + size - 1) / size;
  bool changed = false;
  while (record_.proposed < generations) {
    ArmRecord next = record_;
    const int64_t needed = std::max<int64_t>(0, next.proposed - settings_.lag);
    while (next.observed < needed) {
      const int64_t first = next.observed * size;
      for (int64_t i = first; i < first + size; ++i)
        if (!awaited_.at(i).finished()) return changed;
      observe(next);
    }
    std::vector<Trial> proposed = propose(next);
    std::optional<PolicyRecord> policy =
        kept_policy(*strategy_, next.proposed, next.proposed * size);
    ++next.proposed;
    next.strategy_state = strategy_->save();
    Store::Step step{record_, std::move(next), {}, std::move(proposed), std::move(policy)};
    store_.advance(step);
    record_ = std::move(*step.after);
    record_.strategy_state.clear();  // large, and the strategy itself has it
    awaited_.append(step.proposed);
    NASNET_CHECK(awaited_.end() == record_.proposed * size, "generations follow each other");
    drop_settled();
    changed = true;
  }
  return changed;
}

void Arm::observe(ArmRecord& next) {
  NASNET_CHECK(next.observed < next.proposed, "no generation is observed before it is proposed");
  std::vector<Observation> observations;
  const int64_t first = next.observed * settings_.generation;
  for (int64_t i = first; i < first + settings_.generation; ++i) {
    const Trial& trial = awaited_.at(i);
    NASNET_CHECK(trial.finished(), "a generation is observed once all of it is finished");
    Observation observation{trial.choices, std::nullopt};
    const bool done = trial.state == TrialState::kDone;
    if (done) {
      observation.reward = trial.reward;
      observation.losses = candidates_.goals().losses(trial.measurements);
    }
    observations.push_back(std::move(observation));
    ++(done ? next.done : next.failed);
    if (trial.repeats >= 0) ++next.repeats;
    next.cost += trial.cost;
  }
  strategy_->observe(observations);
  ++next.observed;
}

std::vector<Trial> Arm::propose(const ArmRecord& next) {
  std::vector<Trial> proposed;
  // Within the generation a repeat is found here, in the store those of earlier ones.
  for (space::Choices& choices : strategy_->propose(static_cast<int>(settings_.generation))) {
    Trial trial;
    trial.arm = name();
    trial.number = next.proposed * settings_.generation + static_cast<int64_t>(proposed.size());
    trial.form = short_form(candidates_.form(choices));
    trial.choices = std::move(choices);
    trial.epochs = rungs_[0];
    const auto same = std::find_if(proposed.begin(), proposed.end(),
                                   [&](const Trial& other) { return other.form == trial.form; });
    trial.repeats = same != proposed.end() ? (same->repeats >= 0 ? same->repeats : same->number)
                                           : store_.find_form(name(), trial.form);
    trial.state = trial.repeats >= 0                ? TrialState::kWaiting
                  : trial.number < settings_.trials ? TrialState::kPending
                                                    : TrialState::kHeld;
    proposed.push_back(std::move(trial));
  }
  NASNET_CHECK(std::ssize(proposed) == settings_.generation,
               "a strategy proposes as many as it is asked for");
  return proposed;
}

}  // namespace nasnet::search
