#include <nasnet/search.h>

#include <algorithm>
#include <array>

#include "nasnet/api/convert.h"
#include "nasnet/api/settings.h"
#include "nasnet/report/best_cells.h"
#include "nasnet/search/study/earlier_studies.h"
#include "nasnet/search/study/stored_study.h"
#include "nasnet/search/workers/task_runner.h"

// A search whose rewards come from the caller's own code: the study, its strategies and its store
// are those of `nasnet search`, the evaluator is a function in this process. An error of that
// function fails its trial, not the search.

namespace nasnet {
namespace {

/// The measurement that a reward of a program's own is.
constexpr const char* kReward = "reward";

/// Those that make sense where somebody else's code gives the reward, in one process.
std::vector<Setting> own_settings(search::SearchSettings& settings) {
  // Beside all of the strategy's and the space's own settings. Those of workers, machines and child
  // networks are left out: an unknown name is an error, so that none is set in vain.
  constexpr std::array kNames = {"objective", "trials",     "time",
                                 "baseline",  "max_failed", "retry_failed"};
  std::vector<Setting> list = list_settings(settings);
  std::erase_if(list, [&](const Setting& setting) {
    return setting.topic != "Strategy" && setting.topic != "Space" &&
           std::ranges::find(kNames, setting.name) == kNames.end();
  });
  return list;
}

search::SearchSettings core_settings(const Settings& given, const std::string& study,
                                     const std::string& store) {
  search::SearchSettings settings;
  settings.evaluator = "reward";
  settings.study_file = study;
  settings.store = store;
  settings.study.objective = kReward;
  api::apply(given, own_settings(settings));
  if (settings.preset == search::Preset::kPaper) {  // the values of those that are not given
    settings.study.strategies = search::paper_strategies();
    api::apply(given, own_settings(settings));
  }
  return settings;
}

/// Calls the measure with each candidate; both references outlive the search, which run_search()
/// waits for.
class OwnEvaluator : public search::Evaluator {
 public:
  OwnEvaluator(const Measure& measure, const space::SearchSpace& space)
      : measure_(measure), space_(space) {}
  search::Measurements evaluate(const search::Task& task,
                                const std::function<void(int64_t)>&) override {
    const auto genotype = space_.genotype(task.choices);
    return measure_({genotype ? api::to_public(*genotype) : Genotype(), task.arm, task.number,
                     task.seed, task.choices});
  }

 private:
  const Measure& measure_;
  const space::SearchSpace& space_;
};

/// Makes the study in the store, or compares it with the one that is there. `options.measure` is
/// its identity: code cannot be compared, so its author names it.
void settle(search::Store& store, const search::SearchSettings& settings,
            const SearchOptions& options) {
  const search::Identity identity = {{.name = "measure",
                                      .value = options.measure,
                                      .subject = "the measure of rewards",
                                      .remedy = "use the one it was made with, or another study"}};
  search::settle_study(store, settings, options.seed, network::DeviceChoice::kCpu, identity);
  if (settings.retry_failed) store.retry_failed();
}

}  // namespace

std::vector<SettingFacts> search_settings() {
  // The defaults as run_search() begins with them.
  search::SearchSettings settings = core_settings({}, "", "");
  return api::facts_of(own_settings(settings));
}

Study run_search(const std::string& study, const Reward& reward, const SearchOptions& options) {
  return run_search(study, Measure([&](const Candidate& candidate) {
                      return search::Measurements{{kReward, reward(candidate)}};
                    }),
                    options);
}

Study run_search(const std::string& study, const Measure& measure, const SearchOptions& options) {
  const search::SearchSettings settings = core_settings(options.settings, study, options.store);
  const search::StudyBudget budget = search::make_budget(settings);
  const auto space = search::make_space(settings);
  const search::StudySpec spec = search::make_spec(settings, *space, options.seed);
  const std::vector<search::EarlierStudy> earlier = search::read_earlier_studies(settings, spec);
  // The store is closed at the end of this block: the study is opened again for reading.
  {
    const auto store = search::open_store(options.store, study, search::OpenMode::kDrive);
    store->drive(search::this_owner(search::Role::kDriver));
    settle(*store, settings, options);
    search::keep_earlier_studies(*store, earlier);
    OwnEvaluator evaluator(measure, *space);
    search::InProcessRunner runner(evaluator);
    const auto show = [&](const search::StudyStatus& status) {
      if (options.show) options.show({status.finished, status.total, status.best});
    };
    search::run_study(*store, spec, budget, {.runner = &runner, .stop = options.stop}, show);
  }
  return Study::open(study, options.store);
}

}  // namespace nasnet
