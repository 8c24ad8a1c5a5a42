// What a search costs beside its evaluations: 1,000 trials of the controller and 1,000 of the
// random baseline with an evaluator that takes no time, in one durable study. Prints milliseconds a
// trial; it should stay under 1.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "nasnet/search/study.h"

namespace {

using namespace nasnet;
using namespace nasnet::search;

class Instantaneous : public Evaluator {
  Evaluation evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    return {static_cast<double>(task.choices[0] + task.choices[2]) / 20,
            {{"validation_images", 1}}};
  }
};

double milliseconds_a_trial(bool baseline) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("nasnet-bench-{}", getpid());
  std::filesystem::create_directories(folder);
  StudySettings settings;
  settings.trials = 1000;
  settings.baseline = baseline;
  const space::NasnetSpace space;
  Instantaneous evaluator;
  InProcessExecutor executor(evaluator);
  const auto start = std::chrono::steady_clock::now();
  {
    Store store(folder / "study.db");
    run_study(store, space, settings, 1, {}, executor);
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::filesystem::remove_all(folder);
  return 1000 * seconds / static_cast<double>(total_trials(settings));
}

double median_of_five(bool baseline) {
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) times.push_back(milliseconds_a_trial(baseline));
  std::sort(times.begin(), times.end());
  return times[2];
}

}  // namespace

int main() {
  fmt::print("1,000 trials of ppo alone:          {:.3f} ms a trial\n", median_of_five(false));
  fmt::print("1,000 of ppo and 1,000 of random:   {:.3f} ms a trial\n", median_of_five(true));
}
