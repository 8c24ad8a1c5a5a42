#pragma once

#include <deque>
#include <vector>

#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/search/strategies/strategy.h"

namespace nasnet::search {

/// The test accuracy, in percent, of the best cell by the reward after each number of evaluations
/// (ascending): of cells with the same reward, of the first one. A generation is proposed when all
/// but the latest `lag` ones have been observed.
inline std::vector<double> run_on_table(Strategy& strategy, Evaluator& evaluator,
                                        const std::vector<int>& budgets, int generation, int lag) {
  std::vector<double> found;
  std::deque<std::vector<Observation>> unseen;
  double best = -1, test = 0;
  int evaluated = 0;
  while (found.size() < budgets.size()) {
    while (static_cast<int>(unseen.size()) > lag) {
      strategy.observe(unseen.front());
      unseen.pop_front();
    }
    std::vector<Observation> observations;
    for (const space::Choices& choices : strategy.propose(generation)) {
      Task task;
      task.choices = choices;
      const Measurements measured = evaluator.evaluate(task, {});
      const double accuracy = measured.at(kAccuracy);
      observations.push_back({choices, accuracy});
      if (accuracy > best) {
        best = accuracy;
        test = 100 * measured.at("test_accuracy");
      }
      ++evaluated;
      while (found.size() < budgets.size() && evaluated == budgets[found.size()])
        found.push_back(test);
    }
    unseen.push_back(std::move(observations));
  }
  return found;
}

}  // namespace nasnet::search
