#include "bench/scale/real_study.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "nasnet/search/study/study.h"

namespace nasnet::scale {
namespace {

using namespace search;
using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point start, Clock::time_point end) {
  return std::chrono::duration<double>(end - start).count();
}

/// When a sleep began and ended.
struct Span {
  Clock::time_point begin, end;
};

/// One place, where tasks sleep.
class Sleeper : public TaskRunner {
 public:
  explicit Sleeper(const Load& load) : load_(load) {}
  int64_t room() override { return task_ ? 0 : 1; }
  void start(const Task& task) override {
    task_ = task;
    const int64_t attempt = ++attempts_[task.arm + std::to_string(task.number)];
    attempt_ = load_.attempt(task.arm, task.number, attempt);
    const auto now = Clock::now();
    spans.push_back({now, now + std::chrono::duration_cast<Clock::duration>(
                                    std::chrono::duration<double>(attempt_.seconds))});
  }
  std::optional<Finished> wait(double seconds) override {
    const auto most = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                         std::chrono::duration<double>(seconds));
    std::this_thread::sleep_until(task_ ? std::min(most, spans.back().end) : most);
    if (!task_ || Clock::now() < spans.back().end) return std::nullopt;
    Finished finished;
    finished.task = *task_;
    finished.cost.core_seconds = attempt_.seconds;
    finished.cause = attempt_.cause;
    if (attempt_.cause == Cause::kNone)
      finished.measurements = {
          {kAccuracy, static_cast<double>(task_->choices[0] + task_->choices[2]) / 20},
          {"validation_images", 1000}};
    task_.reset();
    return finished;
  }
  Cost cost(const Task&) const override { return {}; }
  void drop(const Task&) override { task_.reset(); }
  std::vector<Finished> cancel() override {
    task_.reset();
    return {};
  }
  int64_t images() const override { return 0; }

  std::vector<Span> spans;

 private:
  const Load& load_;
  std::optional<Task> task_;
  Load::Attempt attempt_;
  std::map<std::string, int64_t> attempts_;
};

}  // namespace

Outcome run_real(const Plan& plan, const std::string& store, const std::string& study) {
  const space::NasnetSpace space;
  StudySettings settings;
  settings.trials = plan.trials;
  settings.generation = static_cast<int>(plan.generation);
  settings.lag = static_cast<int>(plan.lag);
  settings.baseline = plan.baseline;
  const auto driver = open_store(store, study, OpenMode::kDrive);
  std::atomic<bool> over = false;
  std::mutex mutex;
  std::vector<Span> spans;
  std::vector<std::thread> threads;
  std::atomic<int> ready = 0;
  for (int i = 0; i < plan.workers; ++i)
    threads.emplace_back([&, i] {
      const auto connection = open_store(store, study, OpenMode::kWork);
      Sleeper sleeper(plan.load);
      Crew crew(*connection, sleeper, {1, {}, {}, 60}, this_owner(Role::kWorker, i + 1));
      ++ready;
      while (!over) crew.turn(0.05);
      const std::lock_guard lock(mutex);
      spans.insert(spans.end(), sleeper.spans.begin(), sleeper.spans.end());
    });
  while (ready < plan.workers) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const auto start = Clock::now();
  run_study(*driver, {space, settings, 1, 0}, {}, {});
  const double took = seconds_between(start, Clock::now());
  over = true;
  for (std::thread& thread : threads) thread.join();

  Clock::time_point last = start;
  for (const Span& span : spans) last = std::max(last, span.begin);
  double evaluated = 0, within = 0;
  for (const Span& span : spans) {
    evaluated += seconds_between(span.begin, span.end);
    within += seconds_between(span.begin, std::min(span.end, last));
  }
  Outcome outcome;
  outcome.utilisation = within / (plan.workers * seconds_between(start, last));
  outcome.whole = evaluated / (plan.workers * took);
  outcome.trials = static_cast<int64_t>(spans.size());
  outcome.hours = took / 3600;
  return outcome;
}

}  // namespace nasnet::scale
