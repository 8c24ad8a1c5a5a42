#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/strategies/strategy.h"
#include "nasnet/search/study/awaited_trials.h"
#include "nasnet/search/study/halving.h"

namespace nasnet::search {

/// So many trials that all fail at the beginning of a run end it.
inline constexpr int64_t kFirstTrials = 5;

/// The settings of a study that its arms share.
struct ArmSettings {
  int64_t trials = 0;       ///< asked for
  int64_t generation = 20;  ///< trials that are proposed together
  int64_t lag = 1;          ///< generations that are proposed ahead of those observed
  HalvingSettings halving;
  int64_t epochs = 0;                ///< of the whole training; 0 where evaluations have no rungs
  std::optional<Goal> rung_by = {};  ///< see rung_criterion()
};

/// One arm's loop: a strategy's proposals, their results, and how far it has observed them.
/// Generation g is proposed when exactly those before g - lag have been observed, in trial order:
/// the proposals depend on no worker's speed. Throws InputError for a study that is damaged, or
/// whose strategy's state is another's.
class Arm {
 public:
  /// Resumes the arm from the store.
  Arm(const std::string& name, std::unique_ptr<Strategy> strategy, Store& store,
      const Candidates& candidates, const ArmSettings& settings, const LeaseSettings& lease);

  /// Reads results, decides, observes and proposes as far as they allow; stored step by step. True
  /// where anything has changed.
  bool step();

  const std::string& name() const { return record_.arm; }
  const Strategy& strategy() const { return *strategy_; }
  /// Of the trials asked for: there may be more, where fewer are asked for than before.
  int64_t finished() const { return std::min(done() + failed(), settings_.trials); }
  int64_t done() const { return before_.done + count(TrialState::kDone); }
  int64_t failed() const { return before_.failed + count(TrialState::kFailed); }
  int64_t repeats() const;
  /// The first trial that is not finished.
  int64_t settled() const;
  bool complete() const { return finished() >= settings_.trials; }
  /// True if the first kFirstTrials of this run, in their order and not in that of their ends, have
  /// all failed, and none before them is done: nothing will ever succeed. None where they are not
  /// all finished.
  std::optional<bool> is_hopeless();
  /// The message of a trial that failed lately.
  std::string last_failure() const;
  Cost cost() const;

 private:
  /// Sums over trials that are finished for good.
  struct Sums {
    int64_t done = 0, failed = 0, repeats = 0;
    Cost cost;
    void add(const Trial& trial);
  };
  int64_t count(TrialState state) const;
  void open_window();
  void drop_settled();
  void hold_back();
  bool settle();
  bool observe_and_propose();
  void observe(ArmRecord& next);
  std::vector<Trial> propose(const ArmRecord& next);
  void take_result_of(Trial& repeat);

  std::unique_ptr<Strategy> strategy_;
  Store& store_;
  Candidates candidates_;
  ArmSettings settings_;
  std::vector<int64_t> rungs_;
  ArmRecord record_;
  AwaitedTrials awaited_;  // from the first generation that is not observed, or not finished
  Sums before_;            // of the trials before those
  int64_t begin_;          // the first trial that was not finished when this run began
  std::optional<bool> hopeless_;
  std::string last_failure_;  // of the first trials
};

}  // namespace nasnet::search
