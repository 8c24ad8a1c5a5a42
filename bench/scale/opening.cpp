#include "bench/scale/opening.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "nasnet/base/random.h"
#include "nasnet/search/study.h"

namespace nasnet::scale {
namespace {

using namespace search;
using Clock = std::chrono::steady_clock;

constexpr int64_t kGeneration = 1000, kLag = 3, kRowsAtOnce = 1000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Trials as the store writes them; those from `pending` on wait.
void write_trials(Database& database, const char* arm, int64_t count, int64_t pending) {
  const space::NasnetSpace space;
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

void write_study(Database& database, Store& store, const StudySpec& spec) {
  const int64_t count = spec.settings.trials;
  const int64_t proposed = count / kGeneration, observed = proposed - 1 - kLag;
  for (const auto& [arm, strategy] : {std::pair{kSearchArm, "ppo"}, {kBaselineArm, "random"}}) {
    ArmRecord before, after;
    before.arm = after.arm = arm;
    after.proposed = proposed;
    after.observed = observed;
    after.done = observed * kGeneration;
    after.strategy_state =
        make_strategy(strategy, spec.space, spec.settings.strategies, spec.seed)->save();
    store.advance({before, after, {}, {}});
    database.begin(true);
    write_trials(database, arm, count, observed * kGeneration);
    database.commit();
  }
}

/// Ends the study with the first task.
struct FirstClaim {};
class Stopper : public Executor {
 public:
  int64_t room() override { return 1; }
  void start(const Task&) override { throw FirstClaim{}; }
  std::optional<Finished> wait(double) override { return std::nullopt; }
  Cost cost(const Task&) const override { return {}; }
  void drop(const Task&) override {}
  std::vector<Finished> cancel() override { return {}; }
  int64_t images() const override { return 0; }
};

}  // namespace

Opening open_large_study(int64_t trials, const std::function<std::unique_ptr<Database>()>& open) {
  const space::NasnetSpace space;
  StudySettings settings;
  settings.generation = kGeneration;
  settings.lag = kLag;
  settings.trials = trials / 2 / kGeneration * kGeneration;
  const StudySpec spec{space, settings, 1, 0};
  Opening result;
  result.trials = 2 * settings.trials;
  auto start = Clock::now();
  {
    Store store(open());
    write_study(*open(), store, spec);
  }
  result.build_seconds = seconds_since(start);
  start = Clock::now();
  Store store(open());
  Stopper stopper;
  try {
    run_study(store, spec, {}, {&stopper, {}}, [](const StudyStatus&) {});
  } catch (const FirstClaim&) {
  }
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace nasnet::scale
