#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/search/study/study.h"

namespace nasnet::search {

/// Trials as the store writes them; those from `pending` on wait.
inline void write_trials(Database& database, const char* arm, const space::SearchSpace& space,
                         int64_t count, int64_t pending) {
  constexpr int64_t kRowsAtOnce = 1000;
  for (int64_t first = 0; first < count; first += kRowsAtOnce) {
    std::string rows;
    for (int64_t i = first; i < std::min(first + kRowsAtOnce, count); ++i) {
      Random random(1, static_cast<uint64_t>(i), arm);
      std::vector<uint32_t> choices;
      for (const auto& decision : space.decisions())
        choices.push_back(random.below(static_cast<uint32_t>(decision.choices)));
      const bool done = i < pending;
      const double reward = random.uniform();
      rows += fmt::format(
          "{}('{}', {}, '[{}]', '{:08x}{:08x}{:08x}{:08x}', -1, '{}', 0, '{}', {}, '{}', '', '', "
          "'{{}}', {}, 0, 0, {}, '{}', {}, 0)",
          rows.empty() ? "" : ", ", arm, i, fmt::join(choices, ","), random.next(), random.next(),
          random.next(), random.next(), done ? "done" : "pending",
          done ? fmt::format("[{}]", reward) : "[]", done ? fmt::format("{}", reward) : "NULL",
          done ? "{\"validation_images\":1000.0,\"parameters\":1000000.0}" : "{}", done ? 60.5 : 0,
          done ? 1 << 30 : 0, done ? "worker, process 1 (2) on a machine" : "", done ? 1 : 0);
    }
    database.script(
        "INSERT INTO trials (arm, number, choices, form, repeats, state, epochs, rungs, reward, "
        "measurements, cause, message, failures, core_seconds, gpu_seconds, joules, peak_bytes, "
        "owner, token, beat) VALUES " +
        rows);
  }
}

/// Writes a study of PPO and its random baseline, of spec.settings.trials each, into an empty
/// store: all proposed, all observed but what the lag holds back, which waits.
inline void write_large_study(const std::function<std::unique_ptr<Database>()>& open,
                              const StudySpec& spec) {
  Store store(open());
  const auto database = open();
  const int64_t count = spec.settings.trials, size = spec.settings.generation;
  const int64_t proposed = count / size, observed = proposed - 1 - spec.settings.lag;
  for (const auto& [arm, strategy] :
       {std::pair{kSearchArm, StrategyKind::kPpo}, {kBaselineArm, StrategyKind::kRandom}}) {
    ArmRecord before, after;
    before.arm = after.arm = arm;
    after.proposed = proposed;
    after.observed = observed;
    after.done = observed * size;
    after.strategy_state =
        make_strategy(strategy, spec.space, spec.settings.strategies, spec.seed)->save();
    store.advance({before, after, {}, {}});
    database->begin(true);
    write_trials(*database, arm, spec.space, count, observed * size);
    database->commit();
  }
}

/// Ends the study with the first task.
struct FirstClaim {};
class Stopper : public TaskRunner {
 public:
  int64_t room() override { return 1; }
  void start(const Task&) override { throw FirstClaim{}; }
  std::optional<Finished> wait(double) override { return std::nullopt; }
  Cost cost(const Task&) const override { return {}; }
  void drop(const Task&) override {}
  std::vector<Finished> cancel() override { return {}; }
  int64_t images() const override { return 0; }
};

/// Drives the study, from the start of the driver until it claims a first trial.
inline void drive_to_first_claim(Store& store, const StudySpec& spec) {
  Stopper stopper;
  try {
    run_study(store, spec, {}, {&stopper, {}}, [](const StudyStatus&) {});
  } catch (const FirstClaim&) {
    return;
  }
  throw std::runtime_error("the study has ended without a claim");
}

}  // namespace nasnet::search
