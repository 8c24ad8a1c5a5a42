#include "nasnet/report/no_result.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "nasnet/report/reward_text.h"

// Why a study has found nothing, in one line that ends with what to do: its limits are too tight,
// its trials have failed (and what would let them succeed), or its budget was spent too early.

namespace nasnet::report {
namespace {

using search::Cause;
using search::StudyResult;
using search::Trial;

/// The failed trials of all arms by cause, in numbers and by the last one's message.
struct Failures {
  int64_t count = 0;
  std::string last;
};

/// Failures of all four arms; each cause has its own remedy.
std::map<Cause, Failures> failures_of(const StudyResult& result) {
  std::map<Cause, Failures> failures;
  for (const auto* trials : {&result.search, &result.baseline, &result.retrain, &result.sample})
    for (const Trial& trial : *trials) {
      if (trial.state != search::TrialState::kFailed) continue;
      Failures& of = failures[trial.cause];
      ++of.count;
      of.last = fmt::format("{} trial {}: {}", trial.arm, trial.number, trial.message);
    }
  return failures;
}

/// Follows a number: "3 ran out of memory".
std::string in_words(Cause cause) {
  switch (cause) {
    case Cause::kOutOfMemory:
      return "ran out of memory";
    case Cause::kNotANumber:
      return "went off to no number";
    case Cause::kTimeOut:
      return "took too long";
    case Cause::kKilled:
      return "were killed";
    case Cause::kDataError:
      return "could not read their data";
    case Cause::kException:
    case Cause::kNone:
      break;
  }
  return "failed otherwise";
}

/// The limit that the trials ran into: the process's, the child's, or else the machine's.
std::string memory_remedy(const search::SearchSettings& settings) {
  if (!settings.trial_memory.empty())
    return fmt::format("raise --trial-memory (now {})", settings.trial_memory);
  if (const std::string memory = search::used_setting(settings, "memory"); !memory.empty())
    return fmt::format("raise --memory (now {})", memory);
  return "leave each more memory with fewer --workers, or bound a child's with --memory";
}

/// One clause, an imperative that names the setting and its value now.
std::string remedy(Cause cause, const search::SearchSettings& settings) {
  switch (cause) {
    case Cause::kOutOfMemory:
      return memory_remedy(settings);
    case Cause::kTimeOut:
      return fmt::format("raise --trial-time (now {})",
                         settings.trial_time.empty() ? "without a limit" : settings.trial_time);
    case Cause::kKilled:
      return fmt::format("find out why the workers end, or allow more --retry-killed (now {})",
                         settings.study.retry.killed);
    case Cause::kDataError:
      return "mend the data set";
    case Cause::kNotANumber:
      return "begin another --study with a lower --learning-rate";
    case Cause::kException:
    case Cause::kNone:
      break;
  }
  return "mend the fault that the message names";
}

/// A budget's limit as it was given, and what is spent of it.
std::string budget_text(const search::SearchSettings& settings, const StudyResult& result) {
  const std::string& name = result.ended_by;
  if (name == "time")
    return fmt::format("--time {}, {:.1f} s spent", settings.time, result.seconds);
  if (name == "core-hours")
    return fmt::format("--core-hours {}, {:.3g} spent", settings.core_hours,
                       result.cost.core_seconds / 3600);
  if (name == "gpu-hours")
    return fmt::format("--gpu-hours {}, {:.3g} spent", settings.gpu_hours,
                       result.cost.gpu_seconds / 3600);
  return fmt::format("--energy {}, {:.3g} kJ spent", settings.energy, result.cost.joules / 1000);
}

/// Trials are done, but none keeps the limits.
std::string explain_limits(const search::Objective& objective, const Trial& nearest) {
  std::vector<std::string> limits;
  for (const search::Limit& limit : objective.limits()) limits.push_back(limit.text);
  return fmt::format(
      "no candidate keeps {}; trial {} of the search comes nearest: {}; search on with more "
      "--trials, or give another --objective to another --study",
      fmt::join(limits, ", "), nearest.number, objective_values(objective, nearest.measurements));
}

}  // namespace

std::string failure_remedy(const search::SearchSettings& settings, const StudyResult& result) {
  std::vector<std::string> remedies;
  for (const auto& [cause, failures] : failures_of(result))
    remedies.push_back(remedy(cause, settings));
  return fmt::format("{}", fmt::join(remedies, "; "));
}

std::string explain_no_result(const search::SearchSettings& settings, const StudyResult& result) {
  // Ranked without the study's limits: where nothing was found, all that is done exceeds them.
  const auto nearest = search::best_trials(result.search, 1);
  if (!nearest.empty()) return explain_limits(result.objective, nearest[0]);
  std::vector<std::string> causes;
  int64_t failed = 0;
  for (const auto& [cause, failures] : failures_of(result)) {
    failed += failures.count;
    causes.push_back(
        fmt::format("{} {} (the last: {})", failures.count, in_words(cause), failures.last));
  }
  const bool spent = !result.ended_by.empty();
  std::string text =
      spent ? fmt::format("the budget of {} ({}) was spent before a trial of the search was done",
                          result.ended_by, budget_text(settings, result))
      : failed > 0 ? fmt::format("all {} trials failed", failed)
                   : "the study has no trial that is done";
  if (failed > 0)
    text += fmt::format(": {}; {}", fmt::join(causes, ", "), failure_remedy(settings, result));
  if (spent) text += fmt::format("; give a larger --{}", result.ended_by);
  text += "; then run the same command again";
  // Without the flag a resumed study leaves failed trials as they are.
  return failed > 0 ? text + " with --retry-failed, which tries the failed trials once more" : text;
}

}  // namespace nasnet::report
