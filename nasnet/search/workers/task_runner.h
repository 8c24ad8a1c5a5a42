#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/search/store/trial.h"

namespace nasnet::search {

/// The end of an evaluation: measurements, or the cause of having none.
struct Finished {
  Task task;
  std::optional<Measurements> measurements;  ///< none where it failed
  Cause cause = Cause::kNone;                ///< of the failure
  std::string message;                       ///< the cause in words
  Cost cost;
  std::vector<CurvePoint> curve;  ///< see Evaluator::learning_curve()
  std::string log;                ///< see TrialTrace; where it ran in a process of its own
};

/// Runs evaluations, several at a time where it can.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;
  /// The number of tasks that can be started now.
  virtual int64_t room() = 0;
  /// Only where there is room.
  virtual void start(const Task& task) = 0;
  /// The next result, waiting for at most so many seconds.
  virtual std::optional<Finished> wait(double seconds) = 0;
  /// The cost so far of a task that runs.
  virtual Cost cost(const Task& task) const = 0;
  /// Gives up one task, without a result.
  virtual void drop(const Task& task) = 0;
  /// Gives up all that run. Returns the results that are there already.
  virtual std::vector<Finished> cancel() = 0;
  /// Images worked on so far, by all tasks; for the rate in the progress line.
  virtual int64_t images() const = 0;
};

/// Evaluates in this process, one task after another; `places` tasks may wait.
class InProcessRunner : public TaskRunner {
 public:
  explicit InProcessRunner(Evaluator& evaluator, int64_t places = 1)
      : evaluator_(evaluator), places_(places) {}
  int64_t room() override { return places_ - static_cast<int64_t>(tasks_.size()); }
  void start(const Task& task) override;
  std::optional<Finished> wait(double seconds) override;
  Cost cost(const Task&) const override { return {}; }
  void drop(const Task& task) override;
  std::vector<Finished> cancel() override {
    tasks_.clear();
    return {};
  }
  int64_t images() const override { return images_; }

 private:
  Evaluator& evaluator_;
  int64_t places_;
  std::deque<Task> tasks_;
  int64_t images_ = 0;
};

/// Processor time of this process, all its threads, in seconds.
double process_seconds();

/// Measures what this process spends from now on: its processor time, and the time of `gpus` GPUs.
class CostMeter {
 public:
  explicit CostMeter(double gpus) : gpus_(gpus) {}
  Cost cost() const;

 private:
  double gpus_;
  double processor_ = process_seconds();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Evaluates a task and turns whatever happens into a Finished; Interrupted passes through.
Finished evaluate_task(Evaluator& evaluator, const Task& task,
                       const std::function<void(int64_t)>& progress);

/// True if two tasks are the same attempt at the same trial.
inline bool is_same_attempt(const Task& a, const Task& b) {
  return a.token == b.token && a.number == b.number && a.arm == b.arm;
}

}  // namespace nasnet::search
