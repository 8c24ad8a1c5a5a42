#include "nasnet/search/study/front_findings.h"

#include <algorithm>

#include "nasnet/search/goals/hypervolume.h"

namespace nasnet::search {
namespace {

ArmFront front_of(const std::vector<Trial>& trials, const Objective& objective) {
  std::vector<const Trial*> judged;
  std::vector<Losses> points;
  for (const Trial& trial : trials) {
    if (!is_judged(trial, objective)) continue;
    judged.push_back(&trial);
    points.push_back(objective.goals().losses(trial.measurements));
  }
  std::vector<size_t> places = pareto_front(points);
  std::stable_sort(places.begin(), places.end(),
                   [&](size_t a, size_t b) { return points[a][0] < points[b][0]; });
  ArmFront front;
  for (const size_t place : places) front.members.push_back(*judged[place]);
  front.hypervolume = hypervolume(points, objective.reference());
  return front;
}

std::vector<Losses> losses_of(const ArmFront& front, const Goals& goals) {
  std::vector<Losses> losses;
  for (const Trial& trial : front.members) losses.push_back(goals.losses(trial.measurements));
  return losses;
}

}  // namespace

bool is_judged(const Trial& trial, const Objective& objective) {
  return trial.state == TrialState::kDone && trial.repeats < 0 && objective.admits(trial.reward);
}

FrontFindings find_fronts(const StudyResult& result) {
  const Objective& objective = result.objective;
  const Goals& goals = objective.goals();
  if (goals.empty()) return {};
  FrontFindings found{front_of(result.search, objective), front_of(result.baseline, objective)};
  const std::vector<Losses> own = losses_of(found.search, goals);
  const std::vector<Losses> rival = losses_of(found.baseline, goals);
  std::vector<Losses> all = own, best;
  all.insert(all.end(), rival.begin(), rival.end());
  for (const size_t place : pareto_front(all)) best.push_back(all[place]);
  found.search.igd_plus = igd_plus(own, best, objective.reference());
  found.baseline.igd_plus = igd_plus(rival, best, objective.reference());
  return found;
}

std::vector<VolumeStep> volume_history(const std::vector<Trial>& trials,
                                       const Objective& objective) {
  FrontVolume front(objective.reference());
  std::vector<VolumeStep> steps;
  for (const Trial& trial : trials)
    if (is_judged(trial, objective) &&
        front.add(objective.goals().losses(trial.measurements), trial.number) > 0)
      steps.push_back({trial.number, front.volume()});
  return steps;
}

}  // namespace nasnet::search
