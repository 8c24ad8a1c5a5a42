#pragma once

#include "nasnet/search/study/search_settings.h"
#include "nasnet/search/study/stored_study.h"
#include "nasnet/search/study/study.h"
#include "tests/search/store/stores.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::dashboard {

/// An evaluator for whom each third candidate is out of memory, where it is told so.
class ToyChildren : public search::Evaluator {
 public:
  ToyChildren(const space::SearchSpace& space, bool failing) : toy_(space), failing_(failing) {}
  search::Measurements evaluate(const search::Task& task,
                                const std::function<void(int64_t)>& progress) override {
    if (failing_ && task.number % 3 == 2) throw Error("no more <memory> & \"quotes\"");
    search::Measurements found = toy_.evaluate(task, progress);
    found["validation_images"] = 200;
    found["odour"] = static_cast<double>(1 + task.choices[0] + 7 * task.choices[1]);
    return found;
  }

 private:
  search::ToyEvaluator toy_;
  bool failing_;
};

/// Studies of cells on both kinds of store, with rewards that are made up.
class Studies : public search::OnBothStores {
 protected:
  search::SearchSettings settings(int64_t trials) const {
    search::SearchSettings settings;
    settings.store = url();
    settings.study_file = study("cells");
    settings.study.trials = trials;
    settings.study.generation = 5;
    settings.study.strategies.ppo.hidden = 8;
    settings.study.strategies.ppo.minibatch = 5;
    return settings;
  }

  /// With two goals, the second of which is made up as the toys' measurements are.
  search::SearchSettings two_goals(int64_t trials) const {
    search::SearchSettings settings = this->settings(trials);
    settings.study.strategy = search::StrategyKind::kEvolution;
    settings.study.goals = {"accuracy", "minimize odour"};
    settings.study.reference = {"accuracy=0", "odour=100"};
    return settings;
  }

  /// Drives the study until its trials are finished.
  void search(const search::SearchSettings& settings, bool failing = false) const {
    const auto store =
        search::open_store(settings.store, settings.study_file, search::OpenMode::kDrive);
    store->drive(search::this_owner(search::Role::kDriver));
    settle_study(*store, settings, 7, network::DeviceChoice::kCpu, {});
    const auto space = search::make_space(settings);
    ToyChildren evaluator(*space, failing);
    search::InProcessRunner runner(evaluator, 4);
    run_study(*store, search::make_spec(settings, *space, 7), {}, {&runner, {}});
  }
};

}  // namespace nasnet::dashboard
