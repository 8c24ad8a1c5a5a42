#include "nasnet/search/study/halving.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

/// Of so many that come to a rung, the number that go on: one of eta, at least one.
size_t places(size_t arrived, int eta) {
  return arrived == 0 ? 0 : std::max<size_t>(1, arrived / eta);
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// True for a trial that is at this rung, and has not gone on from it.
bool stays_at(const Trial& trial, size_t rung) {
  return trial.rungs.size() == rung + 1 &&
         (trial.state == TrialState::kPaused || trial.state == TrialState::kDone);
}

/// A trial's worth at a rung that it has come to, more is better. Only the rewards of earlier rungs
/// are kept, not the measurements; but a trial has gone on only where it was among the best
/// whatever else came, so that it takes its place before all that wait.
double worth(const Trial& trial, size_t rung, const std::optional<Goal>& criterion) {
  if (!criterion) return trial.rungs[rung];
  if (!stays_at(trial, rung)) return kInfinity;
  const auto found = trial.measurements.find(criterion->measurement);
  return found == trial.measurements.end() ? -kInfinity : -criterion->loss(found->second);
}

/// The trials of a generation at one rung.
struct Rung {
  std::vector<const Trial*> arrived;  // the best first; earlier trials win ties
  size_t on_their_way = 0;            // that may still arrive, at most
  size_t paused = 0;                  // that wait for a decision
  size_t went_on = 0;                 // that are known to go on
};

Rung look_at(std::span<const Trial> generation, size_t rung, const std::optional<Goal>& criterion) {
  Rung result;
  for (const Trial& trial : generation) {
    if (trial.repeats >= 0) continue;
    if (trial.rungs.size() > rung) {
      result.arrived.push_back(&trial);
      if (!stays_at(trial, rung)) ++result.went_on;
      if (stays_at(trial, rung) && trial.state == TrialState::kPaused) ++result.paused;
    } else if (trial.rungs.size() == rung && !trial.finished() &&
               trial.state != TrialState::kPaused) {
      ++result.on_their_way;
    }
  }
  std::stable_sort(result.arrived.begin(), result.arrived.end(),
                   [&](const Trial* a, const Trial* b) {
                     return worth(*a, rung, criterion) > worth(*b, rung, criterion);
                   });
  return result;
}

}  // namespace

std::vector<int64_t> rung_epochs(const HalvingSettings& settings, int64_t epochs) {
  std::vector<int64_t> rungs;
  if (settings.first_rung > 0)
    for (int64_t rung = settings.first_rung; rung < epochs; rung *= settings.eta)
      rungs.push_back(rung);
  rungs.push_back(0);
  return rungs;
}

int64_t trials_with_rungs(const HalvingSettings& settings, int64_t trials, int64_t generation) {
  if (settings.first_rung == 0) return trials;
  return (trials + generation - 1) / generation * generation;
}

std::optional<Goal> rung_criterion(const HalvingSettings& settings, const Objective& objective) {
  if (settings.rung_by.empty()) return std::nullopt;
  Goal criterion = parse_goal(settings.rung_by, "--rung-by");
  if (settings.first_rung == 0) throw InputError("--rung-by: there are no rungs; add --first-rung");
  if (objective.limits().size() > objective.hard_limits().size())
    throw InputError(
        "--rung-by: rungs rank by the objective where it has limits; give --limit instead of them, "
        "or leave it out");
  return criterion;
}

std::vector<Trial> decide_rungs(std::span<const Trial> generation,
                                const std::vector<int64_t>& rungs, int eta,
                                const std::optional<Goal>& criterion) {
  NASNET_CHECK(eta >= 2 && !rungs.empty() && rungs.back() == 0,
               "rungs end with the whole training");
  std::vector<Trial> decided;
  size_t undecided = 0;  // that may yet go on from the rung before
  for (size_t rung = 0; rung + 1 < rungs.size(); ++rung) {
    const Rung at = look_at(generation, rung, criterion);
    NASNET_CHECK(at.went_on + at.paused <= at.arrived.size(),
                 "a trial goes on from a rung, or waits there, once it has come to it");
    const size_t coming = at.on_their_way + undecided;
    // Of those that still come all may be better or none, and each may fail: a place is sure if it
    // is one where all come and are better, and lost if it is none where all come and are worse.
    const size_t most = places(at.arrived.size() + coming, eta);
    for (size_t i = 0; i < at.arrived.size(); ++i) {
      const Trial& trial = *at.arrived[i];
      if (trial.state != TrialState::kPaused || trial.rungs.size() != rung + 1) continue;
      NASNET_DCHECK(i == 0 ||
                    worth(*at.arrived[i - 1], rung, criterion) >= worth(trial, rung, criterion));
      const bool goes_on = i + coming < most;
      if (!goes_on && i < most) continue;
      decided.push_back(trial);
      decided.back().state = goes_on ? TrialState::kPending : TrialState::kDone;
      if (goes_on) {
        decided.back().epochs = rungs[rung + 1];
      } else {
        decided.back().reward = trial.rungs.back();
      }
    }
    // A failed trial that is tried again adds a place for which the others have been stopped
    // before: nobody is left to take it.
    undecided = std::min(most - std::min(most, at.went_on), at.paused + coming);
  }
  return decided;
}

}  // namespace nasnet::search
