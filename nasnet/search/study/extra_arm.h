#pragma once

#include <string>
#include <vector>

#include "nasnet/search/study/awaited_trials.h"

namespace nasnet::search {

/// Trials of chosen candidates, each trained for `epochs` epochs, several times with different
/// seeds: the last part of a study, after its searching arms.
class ExtraArm {
 public:
  ExtraArm(const std::string& name, Store& store, const LeaseSettings& lease);

  /// Adds what is missing of `copies` trials of each candidate.
  void want(const std::vector<space::Choices>& candidates, int copies, int64_t epochs);
  /// Reads results; true where anything has changed.
  bool step() { return awaited_.refresh(); }

  int64_t total() const { return static_cast<int64_t>(awaited_.trials().size()); }
  int64_t finished() const;
  int64_t failed() const;
  /// The message of the last trial that failed.
  std::string last_failure() const { return awaited_.last_failure(); }
  Cost cost() const;

 private:
  Store& store_;
  ArmRecord record_;  // proposed: the number of trials
  AwaitedTrials awaited_;
};

}  // namespace nasnet::search
