#include "nasnet/search/study/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_name.h"
#include "nasnet/search/study/arm.h"
#include "nasnet/search/study/extra_arm.h"

namespace nasnet::search {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kDriverCrew = "search, ";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

ArmSettings arm_settings(const StudySpec& spec) {
  const StudySettings& settings = spec.settings;
  return {asked_trials(settings), settings.generation, settings.lag, settings.halving, spec.epochs};
}

int64_t retrain_epochs(const StudySpec& spec) {
  return spec.settings.retrain_epochs > 0 ? spec.settings.retrain_epochs : 4 * spec.epochs;
}

/// Candidates at even steps of the ranking, the best and the worst among them.
std::vector<space::Choices> sample_ranks(std::vector<Trial> trials, size_t count) {
  std::erase_if(trials, [](const Trial& trial) {
    return trial.state != TrialState::kDone || trial.repeats >= 0;
  });
  std::stable_sort(trials.begin(), trials.end(),
                   [](const Trial& a, const Trial& b) { return a.reward > b.reward; });
  std::vector<space::Choices> chosen;
  count = std::min(count, trials.size());
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(trials[count == 1 ? 0 : i * (trials.size() - 1) / (count - 1)].choices);
  return chosen;
}

/// The candidates that are trained again: the best of the search, and of the baseline where there
/// is one.
std::vector<space::Choices> best_candidates(Store& store, const StudySpec& spec) {
  std::vector<const char*> arms = {kSearchArm};
  if (has_baseline(spec.settings)) arms.push_back(kBaselineArm);
  std::vector<space::Choices> best;
  for (const char* arm : arms)
    for (const Trial& trial : store.best(arm, spec.settings.retrain, asked_trials(spec.settings)))
      best.push_back(trial.choices);
  return best;
}

class Study {
 public:
  Study(Store& store, const StudySpec& spec, const StudyBudget& budget, const StudyHands& hands)
      : store_(store), spec_(spec), budget_(budget), hands_(hands) {
    store.drive(process_name());
    // A process may drive several times, one after the other.
    static std::atomic<int> runs = 0;
    lease_ = {fmt::format("{}run {} of {}", kDriverCrew, ++runs, process_name()), kDriverCrew,
              spec.settings.lease, spec.settings.retry};
    spent_before_ = store.seconds_spent();
    const auto add_arm = [&](const char* name, const std::string& strategy) {
      arms_.push_back(std::make_unique<Arm>(
          name, make_strategy(strategy, spec.space, spec.settings.strategies, spec.seed), store,
          spec.space, arm_settings(spec), lease_));
    };
    add_arm(kSearchArm, spec.settings.strategy);
    if (has_baseline(spec.settings)) {
      add_arm(kBaselineArm, "random");
    } else if (store.arm(kBaselineArm).proposed > 0) {
      // There was one before --no-baseline: it goes no further, and what it has cost is spent.
      ArmSettings none = arm_settings(spec);
      none.trials = 0;
      retired_.emplace(kBaselineArm,
                       make_strategy("random", spec.space, spec.settings.strategies, spec.seed),
                       store, spec.space, none, lease_);
    }
    for (const char* name : {kRetrainArm, kSampleArm})
      extra_.push_back(std::make_unique<ExtraArm>(name, store, lease_));
    if (hands.runner)
      crew_.emplace(store, *hands.runner,
                    CrewSettings{spec.seed, spec.settings.retry, spec.settings.lease},
                    lease_.own_crew);
  }

  StudyResult run(const std::function<void(const StudyStatus&)>& show) {
    store_.set_note("state", "running");
    find_best();
    if (show) show(status());
    std::string spent;
    for (;;) {
      const bool changed = step();
      if (changed) find_best();
      check_failures();
      if (complete()) break;
      spent = spent_budget();
      if (!spent.empty()) break;
      if (crew_) {
        if (changed) crew_->wake();
        crew_->turn(0.1);
      } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(changed ? 20 : 200));
      }
      tend(false);
      if (show) show(status());
      if (interrupted() || (hands_.stop && hands_.stop())) {
        leave("stopped");
        throw Interrupted(
            fmt::format("stopped after {} of {} trials; run the same command again to go on",
                        finished(), total()));
      }
    }
    leave(spent.empty() ? "complete" : "spent");
    if (show) show(status());
    StudyResult result = read_study(store_, spec_);
    result.complete = spent.empty();
    result.ended_by = spent;
    result.entropy_share = arms_[0]->strategy().entropy_share();
    return result;
  }

 private:
  bool step() {
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
    return changed;
  }

  /// Both arms' best cells several times, and a sample of the search's candidates once.
  void ask_for_extra() {
    const StudySettings& settings = spec_.settings;
    if (settings.seeds > 0)
      extra_[0]->want(best_candidates(store_, spec_), settings.seeds, retrain_epochs(spec_));
    if (settings.sample > 0)
      extra_[1]->want(sample_ranks(store_.trials(kSearchArm, 0, asked_trials(settings)),
                                   static_cast<size_t>(settings.sample)),
                      1, retrain_epochs(spec_));
  }

  int64_t finished() const {
    int64_t sum = 0;
    for (const auto& arm : arms_) sum += arm->finished();
    for (const auto& arm : extra_) sum += arm->finished();
    return sum;
  }
  int64_t total() const {
    const int64_t extra = extra_[0]->total() + extra_[1]->total();
    return extra_asked_ ? static_cast<int64_t>(arms_.size()) * asked_trials(spec_.settings) + extra
                        : std::max(total_trials(spec_), finished());
  }
  bool complete() const {
    if (!extra_asked_) return false;
    return std::all_of(extra_.begin(), extra_.end(),
                       [](const auto& arm) { return arm->finished() == arm->total(); });
  }

  Cost cost() const {
    Cost sum;
    for (const auto& arm : arms_) sum += arm->cost();
    for (const auto& arm : extra_) sum += arm->cost();
    if (retired_) sum += retired_->cost();
    return sum;
  }

  bool is_hopeless() const {
    return std::all_of(arms_.begin(), arms_.end(),
                       [](const auto& arm) { return arm->is_hopeless().value_or(false); });
  }

  void check_failures() {
    const bool hopeless = is_hopeless();  // reads the failures of trials that are settled
    int64_t failed = 0;
    std::string message;
    for (const auto& arm : arms_) {
      failed += arm->failed();
      if (!arm->last_failure().empty()) message = arm->last_failure();
    }
    for (const auto& arm : extra_) {
      failed += arm->failed();
      if (!arm->last_failure().empty()) message = arm->last_failure();
    }
    const bool enough = spec_.settings.max_failed > 0 && failed > spec_.settings.max_failed;
    if (!hopeless && !enough) return;
    leave("stopped");
    if (hopeless)
      throw TrialsFailed(
          fmt::format("the first {} trials of this run all failed; the last one's cause: {}; mend "
                      "it, then run the same command again with --retry-failed",
                      kFirstTrials, message));
    throw TrialsFailed(
        fmt::format("{} trials have failed, more than --max-failed {}; the last one's "
                    "cause: {}",
                    failed, spec_.settings.max_failed, message));
  }

  /// Which budget is spent; "" for none.
  std::string spent_budget() const {
    const Cost spent = cost();
    const auto is_spent = [](double limit, double value) { return limit > 0 && value >= limit; };
    if (is_spent(budget_.seconds, spent_before_ + seconds_since(start_))) return "time";
    if (is_spent(3600 * budget_.core_hours, spent.core_seconds)) return "core-hours";
    if (is_spent(3600 * budget_.gpu_hours, spent.gpu_seconds)) return "gpu-hours";
    if (is_spent(budget_.joules, spent.joules)) return "energy";
    return "";
  }

  void tend(bool now) {
    if (!now && seconds_since(tended_) < 1) return;
    const double seconds = seconds_since(tended_);
    tended_ = Clock::now();
    store_.add_seconds(seconds);
    if (hands_.tend) hands_.tend();
  }

  void leave(const std::string& state) {
    if (crew_) crew_->leave();
    tend(true);
    store_.set_note("state", state);
  }

  void find_best() {
    const std::vector<Trial> best = store_.best(kSearchArm, 1, asked_trials(spec_.settings));
    if (!best.empty()) best_ = best[0].reward;
  }

  StudyStatus status() const {
    StudyStatus status{finished(), total(), best_, hands_.runner ? hands_.runner->images() : 0,
                       cost(),     {},      {}};
    status.entropy_share = [&] { return arms_[0]->strategy().entropy_share(); };
    for (const auto& arm : arms_) status.settled[arm->name()] = arm->settled();
    return status;
  }

  Store& store_;
  const StudySpec& spec_;
  StudyBudget budget_;
  const StudyHands& hands_;
  LeaseSettings lease_;
  std::vector<std::unique_ptr<Arm>> arms_;
  std::vector<std::unique_ptr<ExtraArm>> extra_;
  std::optional<Arm> retired_;  // a baseline that is not asked for any more
  std::optional<Crew> crew_;
  std::optional<double> best_;
  bool extra_asked_ = false;
  double spent_before_ = 0;
  Clock::time_point start_ = Clock::now(), tended_ = start_;
};

/// Whether `text` of the study and of this run are the same.
void compare(const Store& store, const std::string& what, const nlohmann::json& before,
             const nlohmann::json& now) {
  if (before == now) return;
  if (what == "data_digest")
    throw InputError(
        "the data set is not the one that the study was made with: its images or "
        "labels differ; restore it to go on, or choose another --study");
  const bool may_differ = what == "program" || what == "libtorch";
  throw InputError(
      fmt::format("study {} was made with {} {}, this is {}; go on with the same {}{}, or "
                  "choose another --study",
                  store.name(), what, before.dump(), now.dump(), what,
                  may_differ ? ", or with --other-program (results may differ)" : ""));
}

}  // namespace

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

std::vector<Trial> best_trials(const std::vector<Trial>& trials, size_t count) {
  std::vector<Trial> best;
  for (const Trial& trial : trials)
    if (trial.state == TrialState::kDone) best.push_back(trial);
  std::stable_sort(best.begin(), best.end(),
                   [](const Trial& a, const Trial& b) { return a.reward > b.reward; });
  best.resize(std::min(best.size(), count));
  return best;
}

StudyResult run_study(Store& store, const StudySpec& spec, const StudyBudget& budget,
                      const StudyHands& hands,
                      const std::function<void(const StudyStatus&)>& show) {
  return Study(store, spec, budget, hands).run(show);
}

StudyResult read_study(Store& store, const StudySpec& spec) {
  StudyResult result;
  const int64_t asked = asked_trials(spec.settings);
  result.search = store.trials(kSearchArm);
  result.baseline = store.trials(kBaselineArm);
  result.retrain = store.trials(kRetrainArm);
  result.sample = store.trials(kSampleArm);
  for (const auto* trials : {&result.search, &result.baseline, &result.retrain, &result.sample})
    for (const Trial& trial : *trials) result.cost += trial.cost;
  // There may be more than is asked for: of settings that were other, of what was best before.
  for (auto* trials : {&result.search, &result.baseline})
    std::erase_if(*trials, [&](const Trial& trial) { return trial.number >= asked; });
  if (!has_baseline(spec.settings)) result.baseline.clear();
  const std::vector<space::Choices> best = best_candidates(store, spec);
  const int64_t epochs = retrain_epochs(spec);
  std::erase_if(result.retrain, [&](const Trial& trial) {
    return trial.epochs != epochs ||
           std::find(best.begin(), best.end(), trial.choices) == best.end();
  });
  std::erase_if(result.sample, [&](const Trial& trial) { return trial.epochs != epochs; });
  result.seconds = store.seconds_spent();
  return result;
}

void settle_settings(Store& store, const nlohmann::json& settings, const nlohmann::json& identity,
                     const std::vector<std::string>& may_change, const nlohmann::json& defaults) {
  const nlohmann::json stored = store.settings();
  if (stored.is_null()) {
    store.set_settings({{"settings", settings}, {"identity", identity}});
    return;
  }
  const nlohmann::json& before = stored.at("settings");
  std::string differences;
  for (const auto& [key, value] : settings.items()) {
    if (std::find(may_change.begin(), may_change.end(), key) != may_change.end()) continue;
    const nlohmann::json old = before.contains(key)     ? before[key]
                               : defaults.contains(key) ? defaults[key]
                                                        : nlohmann::json();
    if (old != value)
      differences += fmt::format("{}{} = {} (now {})", differences.empty() ? "" : ", ", key,
                                 old.dump(), value.dump());
  }
  if (!differences.empty())
    throw InputError(fmt::format(
        "study {} was made with {}; give the same settings to go on, or another --study",
        store.name(), differences));
  // Studies of version 1 know the data's digest only.
  const nlohmann::json known =
      stored.contains("identity")
          ? stored["identity"]
          : nlohmann::json{{"data_digest", stored.value("data_digest", nlohmann::json())}};
  for (const auto& [key, value] : identity.items())
    if (known.contains(key)) compare(store, key, known[key], value);
  nlohmann::json now = stored;
  for (const std::string& key : may_change)
    if (settings.contains(key)) now["settings"][key] = settings[key];
  if (now != stored) store.set_settings(now);
}

}  // namespace nasnet::search
