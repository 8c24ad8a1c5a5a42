#pragma once

#include <cstdint>

#include "nasnet/search/store/owner.h"

namespace nasnet::search {

/// How far a study is, as its driver left it.
enum class StudyState {
  kNew,       ///< no driver has begun
  kRunning,   ///< driven, or left by a driver that was killed
  kStopped,   ///< left in good order: by the user, or since its trials failed
  kSpent,     ///< its budget is spent
  kComplete,  ///< all trials are finished
};
constexpr EnumNames<StudyState, 5> names_of(StudyState) {
  return {{{StudyState::kNew, "new"},
           {StudyState::kRunning, "running"},
           {StudyState::kStopped, "stopped"},
           {StudyState::kSpent, "spent"},
           {StudyState::kComplete, "complete"}}};
}

/// A study's driver: the process that has it now, or had it last.
struct DriverRecord {
  StudyState state = StudyState::kNew;
  Owner owner;
  int64_t epoch = 0;   ///< drivers so far
  int64_t beat = 0;    ///< grows about once a second while the driver lives
  double seconds = 0;  ///< of wall-clock time that the study was driven, over all drivers
};

}  // namespace nasnet::search
