#include "bench/scale/opening.h"

#include <chrono>

#include "tests/search/study/large_study.h"

namespace nasnet::scale {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Opening open_large_study(int64_t trials,
                         const std::function<std::unique_ptr<search::Database>()>& open) {
  const space::NasnetSpace space;
  search::StudySettings settings;
  settings.generation = 1000;
  settings.lag = 3;
  settings.trials = trials / 2 / settings.generation * settings.generation;
  const search::StudySpec spec{space, settings, 1, 0};
  Opening result;
  result.trials = 2 * settings.trials;
  auto start = Clock::now();
  search::write_large_study(open, spec);
  result.build_seconds = seconds_since(start);
  start = Clock::now();
  search::Store store(open());
  search::drive_to_first_claim(store, spec);
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace nasnet::scale
