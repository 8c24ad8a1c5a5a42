#pragma once

#include <string>

#include "nasnet/base/settings.h"
#include "nasnet/search/store/trial.h"

namespace nasnet::search {

/// The number of further attempts at a trial that failed, by cause. By default none where the same
/// seed would only fail the same way again.
struct RetrySettings {
  int killed = 3;
  int out_of_memory = 1;
  int time_out = 0;
  int data_error = 1;
  int exception = 0;
  bool operator==(const RetrySettings&) const = default;

  int allowed(Cause cause) const {
    switch (cause) {
      case Cause::kKilled:
        return killed;
      case Cause::kOutOfMemory:
        return out_of_memory;
      case Cause::kTimeOut:
        return time_out;
      case Cause::kDataError:
        return data_error;
      case Cause::kException:
        return exception;
      case Cause::kNotANumber:
      case Cause::kNone:
        return 0;
    }
    return 0;
  }
};

template <class Visitor>
void visit_settings(Visitor& v, RetrySettings& s) {
  const Range range{0, 1e6};
  v("retry_killed", s.killed, "further attempts at a trial whose process or machine died", range)
      .may_change_on_resume();
  v("retry_out_of_memory", s.out_of_memory, "further attempts at a trial that ran out of memory",
    range)
      .may_change_on_resume();
  v("retry_time_out", s.time_out, "further attempts at a trial that took too long", range)
      .may_change_on_resume();
  v("retry_data_error", s.data_error, "further attempts at a trial whose data could not be read",
    range)
      .may_change_on_resume();
  v("retry_exception", s.exception, "further attempts at a trial that failed otherwise", range)
      .may_change_on_resume();
}

/// Notes a failed attempt: the trial is pending again, or has failed.
void note_failure(Trial& trial, Cause cause, const std::string& message,
                  const RetrySettings& retry);

/// Notes an evaluation: the trial is done, or waits for others at a rung. Where the objective has
/// no reward for the measurements, the trial has failed.
void note_result(Trial& trial, Measurements measurements, const Objective& objective);

}  // namespace nasnet::search
