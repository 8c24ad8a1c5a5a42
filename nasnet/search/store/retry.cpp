#include "nasnet/search/store/retry.h"

#include <cmath>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

namespace nasnet::search {

void note_failure(Trial& trial, Cause cause, const std::string& message,
                  const RetrySettings& retry) {
  NASNET_CHECK(cause != Cause::kNone, "every failure has a cause");
  trial.cause = cause;
  trial.message = message;
  const int failures = ++trial.failures[to_text(cause)];
  trial.state = failures <= retry.allowed(cause) ? TrialState::kPending : TrialState::kFailed;
}

void note_result(Trial& trial, Measurements measurements, const Objective& objective) {
  const RetrySettings never;  // the same seed would measure the same
  try {
    trial.reward = objective.reward(measurements);
  } catch (const NotANumber& error) {
    return note_failure(trial, Cause::kNotANumber, error.what(), never);
  } catch (const InputError& error) {
    return note_failure(trial, Cause::kException, error.what(), never);
  }
  const bool at_rung = trial.epochs > 0 && !is_extra_arm(trial.arm);
  trial.state = at_rung ? TrialState::kPaused : TrialState::kDone;
  trial.rungs.push_back(trial.reward);
  std::erase_if(measurements, [](const auto& entry) { return !std::isfinite(entry.second); });
  trial.measurements = std::move(measurements);
  trial.cause = Cause::kNone;
  trial.message.clear();
}

}  // namespace nasnet::search
