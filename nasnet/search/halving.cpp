#include "nasnet/search/halving.h"

#include <algorithm>

namespace nasnet::search {

std::vector<int64_t> rung_epochs(const HalvingSettings& settings, int64_t epochs) {
  std::vector<int64_t> rungs;
  if (settings.first_rung > 0)
    for (int64_t rung = settings.first_rung; rung < epochs; rung *= settings.eta)
      rungs.push_back(rung);
  rungs.push_back(0);
  return rungs;
}

std::vector<Trial> decide_rungs(const std::vector<Trial>& generation,
                                const std::vector<int64_t>& rungs, int eta) {
  for (size_t rung = 0; rung + 1 < rungs.size(); ++rung) {
    std::vector<Trial> paused;
    for (const Trial& trial : generation) {
      if (trial.repeats >= 0 || trial.rungs.size() > rung + 1) continue;
      const bool arrived = trial.rungs.size() == rung + 1;
      if (!arrived && trial.finished()) continue;  // it failed, or stopped before
      if (!arrived) return {};
      if (trial.state == TrialState::kPaused) paused.push_back(trial);
    }
    if (paused.empty()) continue;
    std::stable_sort(paused.begin(), paused.end(), [](const Trial& a, const Trial& b) {
      return a.rungs.back() > b.rungs.back();
    });
    const size_t go_on = std::max<size_t>(1, paused.size() / static_cast<size_t>(eta));
    for (size_t i = 0; i < paused.size(); ++i) {
      paused[i].state = i < go_on ? TrialState::kPending : TrialState::kDone;
      if (i < go_on) {
        paused[i].epochs = rungs[rung + 1];
      } else {
        paused[i].reward = paused[i].rungs.back();
      }
    }
    return paused;
  }
  return {};
}

}  // namespace nasnet::search
