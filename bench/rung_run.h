#pragma once

#include <algorithm>
#include <vector>

#include "nasnet/search/evaluators/table.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "nasnet/search/study/halving.h"

namespace nasnet::search {

/// Random cells of NAS-Bench-201 for so many whole trainings of 200 epochs: half of them are spent
/// on 12 epochs of many cells, the best of which are trained to the end. Without rungs all are
/// trained to the end.
struct RungRun {
  int trainings = 10;
  bool rungs = true;

  int trained() const { return rungs ? trainings / 2 : trainings; }
  int cells() const { return rungs ? (trainings - trained()) * 200 / 12 : trainings; }

  /// The test accuracy, in percent, of the cell with the best validation accuracy among those
  /// trained to the end.
  double test_accuracy(const Candidates& candidates, Evaluator& evaluator, uint64_t seed) const {
    const auto strategy = make_strategy(StrategyKind::kRandom, candidates, {}, seed);
    std::vector<Trial> generation;
    for (space::Choices& choices : strategy->propose(cells())) {
      Trial& trial = generation.emplace_back();
      trial.number = std::ssize(generation) - 1;
      trial.choices = std::move(choices);
      trial.epochs = rungs ? 12 : 0;
    }
    const std::vector<int64_t> epochs =
        rungs ? std::vector<int64_t>{12, 0} : std::vector<int64_t>{0};
    for (;;) {
      for (Trial& trial : generation)
        if (trial.state == TrialState::kPending) evaluate(trial, evaluator);
      const std::vector<Trial> decided =
          decide_rungs(generation, epochs, std::max(2, cells() / trained()));
      if (decided.empty()) break;
      for (const Trial& trial : decided) generation[static_cast<size_t>(trial.number)] = trial;
    }
    const Trial* best = nullptr;
    for (const Trial& trial : generation)
      if (trial.rungs.size() == epochs.size() && (!best || trial.reward > best->reward))
        best = &trial;
    return 100 * best->measurements.at("test_accuracy");
  }

 private:
  static void evaluate(Trial& trial, Evaluator& evaluator) {
    Task task;
    task.choices = trial.choices;
    task.epochs = trial.epochs;
    trial.measurements = evaluator.evaluate(task, {});
    trial.reward = trial.measurements.at(kAccuracy);
    trial.rungs.push_back(trial.reward);
    trial.state = trial.epochs > 0 ? TrialState::kPaused : TrialState::kDone;
  }
};

}  // namespace nasnet::search
