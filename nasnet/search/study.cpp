#include "nasnet/search/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"

namespace nasnet::search {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One arm's loop: proposals, results, and how far the strategy has observed them.
class Arm {
 public:
  Arm(std::string name, const std::string& strategy, Store& store, const space::SearchSpace& space,
      const StudySettings& settings, uint64_t seed)
      : name_(std::move(name)),
        store_(store),
        settings_(settings),
        strategy_(make_strategy(strategy, space, settings.ppo, seed)),
        trials_(store.trials(name_)),
        progress_(store.progress(name_)) {
    if (progress_.proposed > 0) strategy_->restore(progress_.strategy_state);
    if (static_cast<int64_t>(trials_.size()) != progress_.proposed * settings.generation)
      throw InputError("the study is damaged: its trials do not fill its generations");
    for (const Trial& trial : trials_) {
      for (const int choice : trial.choices)
        if (choice < 0) throw InputError("the study is damaged: a choice is negative");
      space.check(trial.choices);
    }
  }

  /// Proposes and observes as far as the results allow. Stored step by step.
  void advance() {
    const int64_t size = settings_.generation;
    const int64_t generations = (settings_.trials + size - 1) / size;
    while (progress_.proposed < generations) {
      const int64_t needed = std::max<int64_t>(0, progress_.proposed - settings_.lag);
      while (progress_.observed < needed) {
        if (!generation_finished(progress_.observed)) return;
        observe(progress_.observed++);
      }
      std::vector<Trial> proposals;
      for (space::Choices& choices : strategy_->propose(settings_.generation)) {
        Trial trial;
        trial.arm = name_;
        trial.number = static_cast<int64_t>(trials_.size() + proposals.size());
        trial.choices = std::move(choices);
        proposals.push_back(std::move(trial));
      }
      ++progress_.proposed;
      progress_.strategy_state = strategy_->save();
      store_.advance(name_, progress_, proposals);
      trials_.insert(trials_.end(), proposals.begin(), proposals.end());
    }
  }

  /// The next trial to start, or nullptr where all proposed ones are on their way.
  const Trial* next() {
    const auto end = std::min<int64_t>(settings_.trials, static_cast<int64_t>(trials_.size()));
    for (; next_ < end; ++next_)
      if (trials_[static_cast<size_t>(next_)].state == TrialState::kPending &&
          running_.count(next_) == 0)
        return &trials_[static_cast<size_t>(next_)];
    return nullptr;
  }
  /// The trial that next() gave is on its way.
  void started() { running_.insert(next_++); }
  /// It has ended; where it is still pending it is to be started again.
  void ended(int64_t number) {
    running_.erase(number);
    if (trial(number).state == TrialState::kPending) next_ = std::min(next_, number);
  }
  int64_t next_number() const { return next_; }

  Trial& trial(int64_t number) { return trials_.at(static_cast<size_t>(number)); }
  const std::string& name() const { return name_; }

  std::vector<Trial> asked_for() const {
    const auto count = std::min<size_t>(trials_.size(), static_cast<size_t>(settings_.trials));
    return {trials_.begin(), trials_.begin() + static_cast<std::ptrdiff_t>(count)};
  }

 private:
  bool generation_finished(int64_t generation) const {
    const int64_t first = generation * settings_.generation;
    for (int64_t i = first; i < first + settings_.generation; ++i)
      if (trials_[static_cast<size_t>(i)].state == TrialState::kPending) return false;
    return true;
  }

  void observe(int64_t generation) {
    std::vector<Observation> observations;
    const int64_t first = generation * settings_.generation;
    for (int64_t i = first; i < first + settings_.generation; ++i) {
      const Trial& trial = trials_[static_cast<size_t>(i)];
      Observation observation{trial.choices, std::nullopt};
      if (trial.state == TrialState::kDone) observation.reward = trial.reward;
      observations.push_back(std::move(observation));
    }
    strategy_->observe(observations);
  }

  std::string name_;
  Store& store_;
  const StudySettings& settings_;
  std::unique_ptr<Strategy> strategy_;
  std::vector<Trial> trials_;
  ArmProgress progress_;
  int64_t next_ = 0;  // no trial before it is waiting to be started
  std::set<int64_t> running_;
};

class Study {
 public:
  Study(Store& store, const space::SearchSpace& space, const StudySettings& settings, uint64_t seed,
        const StudyBudget& budget, Executor& executor)
      : store_(store), budget_(budget), executor_(executor), spent_before_(store.seconds_spent()) {
    arms_.push_back(
        std::make_unique<Arm>(kSearchArm, settings.strategy, store, space, settings, seed));
    total_ = total_trials(settings);
    if (total_ > settings.trials)
      arms_.push_back(std::make_unique<Arm>(kBaselineArm, "random", store, space, settings, seed));
    seed_ = seed;
    for (auto& arm : arms_) {
      for (const Trial& trial : arm->asked_for()) count(trial);
    }
  }

  StudyResult run(const std::function<void(const StudyStatus&)>& show) {
    if (show) show({finished_, total_, best_, 0});
    for (;;) {
      for (auto& arm : arms_) arm->advance();
      if (finished_ == total_) break;
      if (out_of_time()) {
        executor_.cancel();
        break;
      }
      start_trials();
      collect(executor_.wait(0.1));
      if (show) show({finished_, total_, best_, executor_.images()});
      if (interrupted()) {
        executor_.cancel();
        flush();
        throw Interrupted(
            fmt::format("stopped after {} of {} trials; run the same command again to go on",
                        finished_, total_));
      }
    }
    flush();
    return result();
  }

 private:
  void count(const Trial& trial) {
    if (trial.state == TrialState::kPending) return;
    ++finished_;
    core_seconds_ += trial.core_seconds;
    if (trial.state != TrialState::kDone) {
      ++failed_;
    } else if (trial.arm == kSearchArm) {
      best_ = std::max(best_.value_or(trial.reward), trial.reward);
    }
  }

  bool out_of_time() const {
    return budget_.seconds > 0 && spent_before_ + seconds_since(start_) >= budget_.seconds;
  }

  /// Both arms side by side, the one that is behind first.
  void start_trials() {
    while (executor_.has_room()) {
      Arm* chosen = nullptr;
      for (auto& arm : arms_) {
        if (!arm->next()) continue;
        if (!chosen || arm->next_number() < chosen->next_number()) chosen = arm.get();
      }
      if (!chosen) return;
      const Trial& trial = *chosen->next();
      executor_.start({seed_, chosen->name(), trial.number, trial.choices});
      chosen->started();
    }
  }

  void collect(std::optional<Finished> finished) {
    if (finished) {
      Arm& arm = *arms_[finished->task.arm == kSearchArm ? 0 : 1];
      Trial& trial = arm.trial(finished->task.number);
      record(*finished, trial);
      arm.ended(trial.number);
      unsaved_.push_back(trial);
      count(trial);
      if (failed_ >= 5 && failed_ == finished_) {
        flush();
        throw Error(fmt::format("the first {} trials all failed; the last one's cause: {}", failed_,
                                trial.cause));
      }
    }
    // Several results share a transaction where they come quickly.
    if (!unsaved_.empty() && seconds_since(saved_) > 0.05) flush();
  }

  static void record(const Finished& finished, Trial& trial) {
    constexpr int kAttempts = 2;
    ++trial.attempts;
    trial.core_seconds += finished.core_seconds;
    if (finished.evaluation) {
      trial.state = TrialState::kDone;
      trial.reward = finished.evaluation->reward;
      trial.measurements = finished.evaluation->measurements;
      trial.cause.clear();
      return;
    }
    trial.cause = finished.cause;
    const bool again = finished.process_died && trial.attempts < kAttempts;
    trial.state = again ? TrialState::kPending : TrialState::kFailed;
  }

  void flush() {
    store_.update(unsaved_, seconds_since(saved_));
    saved_ = Clock::now();
    unsaved_.clear();
  }

  StudyResult result() const {
    StudyResult result;
    result.search = arms_[0]->asked_for();
    if (arms_.size() > 1) result.baseline = arms_[1]->asked_for();
    result.core_seconds = core_seconds_;
    result.seconds = store_.seconds_spent();
    result.complete = finished_ == total_;
    return result;
  }

  Store& store_;
  StudyBudget budget_;
  Executor& executor_;
  std::vector<std::unique_ptr<Arm>> arms_;
  uint64_t seed_ = 0;
  int64_t total_ = 0, finished_ = 0, failed_ = 0;
  std::optional<double> best_;
  double core_seconds_ = 0;
  double spent_before_;
  Clock::time_point start_ = Clock::now(), saved_ = start_;
  std::vector<Trial> unsaved_;
};

}  // namespace

std::vector<Trial> best_trials(const std::vector<Trial>& trials, size_t count) {
  std::vector<Trial> best;
  for (const Trial& trial : trials)
    if (trial.state == TrialState::kDone) best.push_back(trial);
  std::stable_sort(best.begin(), best.end(),
                   [](const Trial& a, const Trial& b) { return a.reward > b.reward; });
  best.resize(std::min(best.size(), count));
  return best;
}

StudyResult run_study(Store& store, const space::SearchSpace& space, const StudySettings& settings,
                      uint64_t seed, const StudyBudget& budget, Executor& executor,
                      const std::function<void(const StudyStatus&)>& show) {
  return Study(store, space, settings, seed, budget, executor).run(show);
}

void settle_settings(Store& store, const nlohmann::json& settings, const std::string& data_digest,
                     const std::vector<std::string>& may_change, const nlohmann::json& defaults) {
  const nlohmann::json stored = store.settings();
  if (stored.is_null()) {
    store.set_settings({{"settings", settings}, {"data_digest", data_digest}});
    return;
  }
  const nlohmann::json& before = stored.at("settings");
  for (const auto& [key, value] : settings.items()) {
    if (std::find(may_change.begin(), may_change.end(), key) != may_change.end()) continue;
    const nlohmann::json old = before.contains(key)     ? before[key]
                               : defaults.contains(key) ? defaults[key]
                                                        : nlohmann::json();
    if (old != value)
      throw InputError(
          fmt::format("study {} was made with {} = {}, now it is {}; give the same settings to go "
                      "on, or another --study",
                      store.file().string(), key, old.dump(), value.dump()));
  }
  if (stored.at("data_digest") != data_digest)
    throw InputError(
        "the data set is not the one that the study was made with: its images or "
        "labels differ; restore it to go on, or choose another --study");
}

}  // namespace nasnet::search
