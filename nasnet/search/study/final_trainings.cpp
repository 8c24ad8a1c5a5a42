#include "nasnet/search/study/final_trainings.h"

#include <algorithm>

namespace nasnet::search {

int64_t retrain_epochs(const StudySpec& spec) {
  return spec.settings.retrain_epochs > 0 ? spec.settings.retrain_epochs : 4 * spec.epochs;
}

std::vector<space::Choices> best_candidates(Store& store, const StudySpec& spec) {
  std::vector<const char*> arms = {kSearchArm};
  if (has_baseline(spec.settings)) arms.push_back(kBaselineArm);
  std::vector<space::Choices> best;
  for (const char* arm : arms)
    for (const Trial& trial : store.best(arm, spec.settings.retrain, asked_trials(spec.settings),
                                         spec.objective.least_reward()))
      best.push_back(trial.choices);
  return best;
}

std::vector<space::Choices> sample_candidates(Store& store, const StudySpec& spec) {
  const std::vector<Trial> ranked =
      store.best(kSearchArm, INT64_MAX, asked_trials(spec.settings), spec.objective.least_reward());
  std::vector<space::Choices> chosen;
  const size_t count = std::min<size_t>(spec.settings.sample, ranked.size());
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(ranked[count == 1 ? 0 : i * (ranked.size() - 1) / (count - 1)].choices);
  return chosen;
}

}  // namespace nasnet::search
