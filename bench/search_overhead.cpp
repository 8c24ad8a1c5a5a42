// The cost of a search beside its evaluations: 1,000 trials of the controller and 1,000 of the
// random baseline with an evaluator that takes no time, in one durable study. Prints milliseconds a
// trial, of wall-clock and of processor time (the rest is mostly the disk's); the first should stay
// under 1.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "nasnet/search/study/study.h"

namespace {

using namespace nasnet;
using namespace nasnet::search;

class Instantaneous : public Evaluator {
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    return {{kAccuracy, static_cast<double>(task.choices[0] + task.choices[2]) / 20},
            {"validation_images", 1}};
  }
};

struct Times {
  double wall = 0, processor = 0;  // milliseconds a trial
  bool operator<(const Times& other) const { return wall < other.wall; }
};

Times measure(bool baseline) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("nasnet-bench-{}", getpid());
  std::filesystem::create_directories(folder);
  StudySettings settings;
  settings.trials = 1000;
  settings.baseline = baseline;
  const space::NasnetSpace space;
  const StudySpec spec{space, settings, 1, 0};
  Instantaneous evaluator;
  InProcessRunner runner(evaluator, 64);
  const auto start = std::chrono::steady_clock::now();
  const double processor = process_seconds();
  {
    const auto store = open_store("", (folder / "study.db").string(), OpenMode::kDrive);
    run_study(*store, spec, {}, {&runner, {}});
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::filesystem::remove_all(folder);
  const double each = 1000 / static_cast<double>(total_trials(spec));
  return {each * seconds, each * (process_seconds() - processor)};
}

void report(const char* study, bool baseline) {
  std::vector<Times> times;
  for (int i = 0; i < 5; ++i) times.push_back(measure(baseline));
  std::sort(times.begin(), times.end());
  fmt::print("{:35} {:.3f} ms a trial, {:.3f} of them processor time\n", study, times[2].wall,
             times[2].processor);
}

}  // namespace

int main() {
  report("1,000 trials of ppo alone:", false);
  report("1,000 of ppo and 1,000 of random:", true);
}
