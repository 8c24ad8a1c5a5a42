#include "nasnet/dashboard/arm_columns.h"

#include <algorithm>

namespace nasnet::dashboard {
namespace {

using search::TrialOutcome;
using search::TrialState;

/// Rows that are read at once: of a million trials a database's rows would take a gigabyte.
constexpr int64_t kRows = 20'000;

bool is_finished(TrialState state) {
  return state == TrialState::kDone || state == TrialState::kFailed;
}

/// Puts the outcome at its place; true if it says anything new.
bool put(ArmColumns& columns, size_t i, const TrialOutcome& outcome) {
  const double reward = outcome.state == TrialState::kDone ? outcome.reward : 0;
  const uint8_t repeats = outcome.repeats ? 1 : 0;
  if (i < columns.state.size() && columns.state[i] == outcome.state &&
      columns.reward[i] == reward && columns.core_seconds[i] == outcome.core_seconds &&
      columns.repeats[i] == repeats)
    return false;
  const auto set = [&](auto& column, const auto& value) {
    if (i == column.size()) column.push_back({});
    column[i] = value;
  };
  set(columns.state, outcome.state);
  set(columns.repeats, repeats);
  set(columns.reward, reward);
  set(columns.core_seconds, outcome.core_seconds);
  set(columns.gpu_seconds, outcome.gpu_seconds);
  set(columns.joules, outcome.joules);
  set(columns.finished, outcome.finished);
  return true;
}

int64_t count_failed(const ArmColumns& columns) {
  return std::count(columns.state.begin(), columns.state.end(), TrialState::kFailed);
}

/// True if failed trials have gone back to the queue since they were read.
bool has_lost_failures(const ArmColumns& columns, search::Store& store) {
  const int64_t known = count_failed(columns);
  if (known == 0 || !store.has_retried()) return false;
  const auto counts = store.counts(columns.arm);
  const auto failed = counts.find(TrialState::kFailed);
  return failed == counts.end() || failed->second < known;
}

}  // namespace

bool refresh(ArmColumns& columns, search::Store& store) {
  if (has_lost_failures(columns, store)) columns.settled = 0;
  bool is_new = false;
  for (int64_t first = columns.settled;;) {
    const std::vector<TrialOutcome> outcomes = store.outcomes(columns.arm, first, kRows);
    for (size_t k = 0; k < outcomes.size(); ++k)
      if (put(columns, static_cast<size_t>(first) + k, outcomes[k])) is_new = true;
    first += static_cast<int64_t>(outcomes.size());
    if (std::ssize(outcomes) < kRows) break;
  }
  while (columns.settled < columns.size() &&
         is_finished(columns.state[static_cast<size_t>(columns.settled)]))
    ++columns.settled;
  return is_new;
}

}  // namespace nasnet::dashboard
