#include "nasnet/search/study/judge_again.h"

#include <algorithm>

namespace nasnet::search {

bool judge(Trial& trial, const Objective& objective) {
  const bool done = trial.state == TrialState::kDone;
  if (!done && trial.state != TrialState::kPaused) return false;
  const double reward = objective.reward(trial.measurements);
  const bool same_at_rung = trial.rungs.empty() || trial.rungs.back() == reward;
  if (same_at_rung && (!done || trial.reward == reward)) return false;
  trial.reward = reward;
  if (!admits(objective.hard_limits(), trial.measurements)) {
    std::fill(trial.rungs.begin(), trial.rungs.end(), reward);
  } else if (!trial.rungs.empty()) {
    trial.rungs.back() = reward;
  }
  return true;
}

Judgement judge_again(Store& store, const Objective& objective) {
  Judgement judgement;
  for (const char* arm : {kSearchArm, kBaselineArm, kRetrainArm, kSampleArm, kYardstickArm}) {
    for (Trial& trial : store.trials(arm)) {
      if (trial.state == TrialState::kDone && !is_extra_arm(arm)) {
        ++judgement.finished;
        judgement.beyond += objective.excess(trial.measurements) > 0 ? 1 : 0;
      }
      if (judge(trial, objective)) judgement.changed.push_back(std::move(trial));
    }
  }
  return judgement;
}

}  // namespace nasnet::search
