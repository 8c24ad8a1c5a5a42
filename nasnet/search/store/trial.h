#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/search/goals/objective.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

enum class TrialState {
  kHeld,     ///< proposed beyond the number of trials asked for: not to be evaluated yet
  kWaiting,  ///< for the result of the trial that it repeats
  kPending,  ///< to be evaluated
  kRunning,  ///< claimed by a worker
  kPaused,   ///< stopped at a rung: waits for the others of its generation
  kDone,
  kFailed,
};

/// Why an attempt at a trial failed.
enum class Cause {
  kNone,
  kOutOfMemory,
  kNotANumber,
  kTimeOut,
  kKilled,  ///< its process, its machine
  kDataError,
  kException,
};

constexpr EnumNames<TrialState, 7> names_of(TrialState) {
  return {{{TrialState::kHeld, "held"},
           {TrialState::kWaiting, "waiting"},
           {TrialState::kPending, "pending"},
           {TrialState::kRunning, "running"},
           {TrialState::kPaused, "paused"},
           {TrialState::kDone, "done"},
           {TrialState::kFailed, "failed"}}};
}
constexpr EnumNames<Cause, 7> names_of(Cause) {
  return {{{Cause::kNone, ""},
           {Cause::kOutOfMemory, "out of memory"},
           {Cause::kNotANumber, "not a number"},
           {Cause::kTimeOut, "time-out"},
           {Cause::kKilled, "killed"},
           {Cause::kDataError, "data error"},
           {Cause::kException, "exception"}}};
}
using nasnet::to_text;
/// Throw InputError for a text that is none.
TrialState parse_state(const std::string& text);
Cause parse_cause(const std::string& text);

/// The cost of a trial: processor time, time on GPUs, energy where it is measured; and the most
/// memory that was held at a time, 0 where it was not measured.
struct Cost {
  double core_seconds = 0, gpu_seconds = 0, joules = 0;
  int64_t peak_bytes = 0;
  Cost& operator+=(const Cost& other) {
    core_seconds += other.core_seconds;
    gpu_seconds += other.gpu_seconds;
    joules += other.joules;
    peak_bytes = std::max(peak_bytes, other.peak_bytes);
    return *this;
  }
  bool operator==(const Cost&) const = default;
};

/// One candidate on its way through a study.
struct Trial {
  std::string arm;  ///< see kSearchArm and its like
  int64_t number = 0;
  space::Choices choices;
  std::string form;      ///< the candidate's canonical form: equal for isomorphic ones
  int64_t repeats = -1;  ///< the earlier trial of the arm that has the same form; -1 for none
  TrialState state = TrialState::kPending;
  int64_t epochs = 0;                   ///< to train for, at the rung that it has come to; 0: all
  std::vector<double> rungs;            ///< rewards at the rungs that it has passed
  double reward = 0;                    ///< of a trial that is done: the last rung's; see Objective
  Measurements measurements;            ///< of a trial that is done
  Cause cause = Cause::kNone;           ///< of the last attempt that failed
  std::string message;                  ///< the cause in words
  std::map<std::string, int> failures;  ///< failed attempts by cause
  Cost cost;                            ///< of all attempts
  bool operator==(const Trial&) const = default;

  bool finished() const { return state == TrialState::kDone || state == TrialState::kFailed; }
};

inline constexpr const char* kSearchArm = "search";      ///< the strategy's
inline constexpr const char* kBaselineArm = "baseline";  ///< random search on the same budget
/// Both arms' best cells, trained longer and several times.
inline constexpr const char* kRetrainArm = "retrain";
/// Some of the search's candidates, trained longer: does the short training rank them rightly?
inline constexpr const char* kSampleArm = "sample";
/// Networks designed by hand, trained by the study's recipe; see evaluators/yardstick.h.
inline constexpr const char* kYardstickArm = "yardstick";

/// Trials of these arms train for a number of epochs of their own, and have no rungs.
inline bool is_extra_arm(const std::string& arm) {
  return arm == kRetrainArm || arm == kSampleArm || arm == kYardstickArm;
}

}  // namespace nasnet::search
