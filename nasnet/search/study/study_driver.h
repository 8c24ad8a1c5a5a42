#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/study/arm.h"
#include "nasnet/search/study/extra_arm.h"
#include "nasnet/search/study/study.h"

namespace nasnet::search {

/// A lease for the trials of this process, which may drive several times, one after the other: each
/// run is an owner of its own, whose trials the next one takes back.
LeaseSettings next_lease(const StudySpec& spec);

/// Drives a study step by step: run_study() is a loop over it. Its proposals wait in the store, to
/// be claimed, evaluated and finished there by a Crew, by `nasnet worker`, or by hand
/// (Store::claim(), note_result(), Store::finish()).
class StudyDriver {
 public:
  /// Becomes the study's driver (Store::drive()) and resumes it. The store and the space must
  /// outlive this.
  StudyDriver(Store& store, const StudySpec& spec);
  StudyDriver(const StudyDriver&) = delete;

  struct Step {
    bool changed = false;   ///< trials were finished or proposed: there may be new ones to claim
    bool complete = false;  ///< all trials are finished
  };
  /// Reads results, decides over rungs, observes and proposes as far as they allow. Never waits: a
  /// step in which nothing has changed costs a look into the store. Says that the driver lives: to
  /// be called at least every few seconds. Throws TrialsFailed.
  Step step();

  /// The study is not driven on, and why: the state that others then see. step() sees to kRunning
  /// and kComplete itself.
  void leave(StudyState state);

  /// The owner by which this process claims trials: it need not beat. Trials of another owner are
  /// taken back when it does not.
  const Owner& own_crew() const { return lease_.own_crew; }
  /// As of the last step; of the images it knows nothing. To be used while the driver lives.
  StudyStatus status() const;
  Cost cost() const;
  std::optional<double> entropy_share() const { return arms_[0]->strategy().entropy_share(); }

 private:
  void add_arm(const char* name, StrategyKind strategy);
  void retire_baseline();
  void ask_for_extra();
  int64_t finished() const;
  int64_t total() const;
  bool complete() const;
  void beat();
  bool is_hopeless() const;
  void check_failures() const;
  void find_best();

  Store& store_;
  StudySpec spec_;
  LeaseSettings lease_;
  std::vector<std::unique_ptr<Arm>> arms_;
  std::vector<std::unique_ptr<ExtraArm>> extra_;
  std::optional<Arm> retired_;  // a baseline that is not asked for any more
  std::optional<double> best_;
  bool extra_asked_ = false;
  using Clock = std::chrono::steady_clock;
  Clock::time_point beaten_ = Clock::now();
  StudyState left_as_ = StudyState::kRunning;
};

}  // namespace nasnet::search
