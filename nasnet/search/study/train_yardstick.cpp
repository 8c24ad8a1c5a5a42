#include "nasnet/search/study/train_yardstick.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/base/random.h"
#include "nasnet/search/evaluators/yardstick.h"
#include "nasnet/search/study/final_trainings.h"
#include "nasnet/search/study/study_driver.h"

namespace nasnet::search {
namespace {

/// The note that keeps the name of these cells.
std::string name_key(const space::Choices& choices) {
  return fmt::format("yardstick {:016x}", hash64(fmt::format("{}", fmt::join(choices, ","))));
}

/// A resumed search asks for them again.
void hold_back_searchs(Store& store) {
  for (const char* arm : {kSearchArm, kBaselineArm, kRetrainArm, kSampleArm})
    store.ask_for(arm, 0, 0);
}

}  // namespace

int64_t yardstick_epochs(const StudySpec& spec) {
  return spec.settings.seeds > 0 ? retrain_epochs(spec) : spec.epochs;
}

int yardstick_trainings(const StudySpec& spec) {
  return std::max(1, spec.settings.seeds);
}

std::vector<Yardstick> read_yardsticks(Store& store, const StudySpec& spec) {
  std::vector<Yardstick> yardsticks;
  for (const Trial& trial : store.trials(kYardstickArm)) {
    if (trial.epochs != yardstick_epochs(spec)) continue;  // of settings that were other
    auto found = std::ranges::find_if(yardsticks, [&](const Yardstick& yardstick) {
      return yardstick.trials[0].choices == trial.choices;
    });
    if (found == yardsticks.end()) {
      yardsticks.push_back({.name = printable(store.note(name_key(trial.choices))), .trials = {}});
      found = yardsticks.end() - 1;
    }
    found->trials.push_back(trial);
  }
  return yardsticks;
}

bool has_yardstick(Store& store, const StudySpec& spec, const space::Genotype& genotype) {
  const space::Choices choices = yardstick_choices(genotype);
  for (const Yardstick& yardstick : read_yardsticks(store, spec))
    if (yardstick.trials[0].choices == choices)
      return std::ssize(yardstick.trials) >= yardstick_trainings(spec) &&
             std::ranges::all_of(yardstick.trials, &Trial::finished);
  return false;
}

void train_yardstick(Store& store, const StudySpec& spec, const space::Genotype& genotype,
                     TaskRunner& runner, const std::function<void(int64_t, int64_t)>& show) {
  using Clock = std::chrono::steady_clock;
  const LeaseSettings lease = next_lease(spec);
  const space::Choices choices = yardstick_choices(genotype);
  hold_back_searchs(store);
  store.agree(name_key(choices), genotype.name);
  ExtraArm arm(kYardstickArm, store, lease);
  arm.want({choices}, yardstick_trainings(spec), yardstick_epochs(spec));
  Crew crew(store, runner,
            CrewSettings{spec.seed, spec.objective, spec.settings.retry, spec.settings.lease},
            lease.own_crew);
  Clock::time_point beaten = Clock::now();
  for (arm.step(); arm.finished() < arm.total(); arm.step()) {
    if (show) show(arm.finished(), arm.total());
    crew.turn(0.1);
    if (Clock::now() - beaten > std::chrono::seconds(1)) {
      store.beat_driver(0);  // its time is not the search's
      beaten = Clock::now();
    }
    if (interrupted()) {
      crew.leave();
      throw Interrupted(fmt::format(
          "stopped after {} of {} trainings of yardsticks; run the same command again to resume",
          arm.finished(), arm.total()));
    }
  }
  crew.leave();
  if (show) show(arm.finished(), arm.total());
}

}  // namespace nasnet::search
