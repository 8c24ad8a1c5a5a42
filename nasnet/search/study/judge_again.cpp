#include "nasnet/search/study/judge_again.h"

namespace nasnet::search {

Judgement judge_again(Store& store, const Objective& objective) {
  Judgement judgement;
  for (const char* arm : {kSearchArm, kBaselineArm}) {
    for (Trial& trial : store.trials(arm)) {
      if (trial.state != TrialState::kDone) continue;
      ++judgement.finished;
      judgement.beyond += objective.excess(trial.measurements) > 0 ? 1 : 0;
      const double reward = objective.reward(trial.measurements);
      if (reward == trial.reward) continue;
      trial.reward = reward;
      judgement.changed.push_back(std::move(trial));
    }
  }
  return judgement;
}

}  // namespace nasnet::search
