#include "nasnet/search/study/awaited_trials.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/search/study/judge_again.h"

namespace nasnet::search {

void AwaitedTrials::open(int64_t first, int64_t end) {
  first_ = first;
  trials_ = store_.trials(arm_, first, end);
  heard_.clear();
  judge_from(first, end);
}

/// One that lacks a measurement keeps the reward that it has.
void AwaitedTrials::judge_from(int64_t number, int64_t end) {
  if (!lease_.objective) return;
  std::vector<Trial> changed;
  for (; number < end; ++number) {
    Trial& trial = at(number);
    try {
      if (judge(trial, *lease_.objective)) changed.push_back(trial);
    } catch (const InputError&) {
    } catch (const NotANumber&) {
    }
  }
  if (!changed.empty()) store_.set_rewards(changed);
}

void AwaitedTrials::append(const std::vector<Trial>& proposed) {
  NASNET_CHECK(proposed.empty() || proposed[0].number == end(), "trials are numbered without gaps");
  trials_.insert(trials_.end(), proposed.begin(), proposed.end());
}

void AwaitedTrials::drop_before(int64_t number) {
  NASNET_CHECK(number >= first_ && number <= end(), "trials are dropped from the front");
  trials_.erase(trials_.begin(), trials_.begin() + (number - first_));
  first_ = number;
  heard_.erase(heard_.begin(), heard_.lower_bound(number));
}

std::string AwaitedTrials::last_failure() const {
  const auto last = std::find_if(trials_.rbegin(), trials_.rend(), [](const Trial& trial) {
    return trial.state == TrialState::kFailed;
  });
  return last == trials_.rend() ? "" : last->message;
}

/// Two queries at most, whatever has happened: states and costs of all, and whole trials of the
/// stretch in which a state has changed.
bool AwaitedTrials::refresh() {
  bool changed = false;
  const std::vector<TrialStatus> statuses = store_.statuses(arm_, first_, end());
  // A long pause between two looks is this process's, or the store was out of reach, perhaps for
  // the workers too: their beats could not come.
  const auto now = Clock::now();
  const double pause = std::chrono::duration<double>(now - looked_).count();
  watched_ += std::min(pause, lease_.seconds / 10);
  looked_ = now;
  // The first and the last that are to be read again: results come in near their order.
  int64_t from = INT64_MAX, to = -1;
  for (const TrialStatus& status : statuses) {
    Trial& trial = at(status.number);
    if (status.state == TrialState::kRunning) {
      trial.state = status.state;
      trial.cost = status.spent;
      if (is_lost(status)) {
        take_back(status);
        changed = true;
      }
      continue;
    }
    heard_.erase(status.number);
    if (status.state == trial.state) continue;
    from = std::min(from, status.number);
    to = std::max(to, status.number);
  }
  if (to < 0) return changed;
  std::vector<Trial> read = store_.trials(arm_, from, to + 1);
  for (Trial& trial : read) at(trial.number) = std::move(trial);
  judge_from(from, to + 1);
  return true;
}

bool AwaitedTrials::is_lost(const TrialStatus& status) {
  if (status.owner == lease_.own_crew) return false;
  // There is one driver, this one: the crews of others have ended, or will find out.
  if (status.owner.role == Role::kDriver || has_ended(status.owner.process)) return true;
  Heard& heard = heard_[status.number];
  if (heard.token != status.token || heard.beat != status.beat)
    heard = {status.token, status.beat, watched_};
  return watched_ - heard.when > lease_.seconds;
}

void AwaitedTrials::take_back(const TrialStatus& status) {
  Trial trial = store_.trials(arm_, status.number, status.number + 1).at(0);
  if (status.owner.role == Role::kDriver) {
    trial.state = TrialState::kPending;
  } else {
    note_failure(trial, Cause::kKilled,
                 fmt::format("its worker ({}) has ended or was not heard of for {:.0f} s",
                             to_text(status.owner), lease_.seconds),
                 lease_.retry);
  }
  // Not stored where the worker was only slow and has finished meanwhile: its result stands.
  if (store_.finish({{trial, status.token}}).at(0)) at(status.number) = trial;
  heard_.erase(status.number);
}

}  // namespace nasnet::search
