#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nasnet/search/halving.h"
#include "nasnet/search/strategy.h"
#include "nasnet/search/window.h"

namespace nasnet::search {

/// How an arm goes on.
struct ArmSettings {
  int64_t trials = 0;  ///< asked for
  int64_t generation = 20;
  int64_t lag = 1;
  HalvingSettings halving;
  int64_t epochs = 0;  ///< of the whole training; 0 where evaluations have no rungs
};

/// One arm's loop: a strategy's proposals, their results, and how far it has observed them.
class Arm {
 public:
  /// Goes on from the store.
  Arm(std::string name, std::unique_ptr<Strategy> strategy, Store& store,
      const space::SearchSpace& space, const ArmSettings& settings, const LeaseSettings& lease);

  /// Reads results, decides, observes and proposes as far as they allow; stored step by step. True
  /// where anything has changed.
  bool step();

  const std::string& name() const { return record_.arm; }
  const Strategy& strategy() const { return *strategy_; }
  /// Of the trials asked for.
  int64_t finished() const { return done() + failed(); }
  int64_t done() const {
    return std::min(record_.done + count(TrialState::kDone), settings_.trials);
  }
  int64_t failed() const { return record_.failed + count(TrialState::kFailed); }
  int64_t repeats() const;
  /// The first trial that is not finished.
  int64_t settled() const;
  bool complete() const { return finished() >= settings_.trials; }
  /// The message of the last trial that failed and is not observed yet.
  std::string last_failure() const;
  Cost cost() const;

 private:
  int64_t count(TrialState state) const;
  bool settle();
  bool observe_and_propose();
  void observe(ArmRecord& next);
  std::vector<Trial> propose(const ArmRecord& next);
  void take_result_of(Trial& repeat);

  std::unique_ptr<Strategy> strategy_;
  Store& store_;
  const space::SearchSpace& space_;
  ArmSettings settings_;
  std::vector<int64_t> rungs_;
  ArmRecord record_;
  Window window_;  // from the first trial that is not observed
};

}  // namespace nasnet::search
