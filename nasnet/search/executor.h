#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nasnet/search/evaluator.h"

namespace nasnet::search {

/// How an evaluation ended.
struct Finished {
  Task task;
  std::optional<Evaluation> evaluation;  ///< none where it failed
  std::string cause;                     ///< of the failure
  bool process_died = false;             ///< the failure took its process: worth another attempt
  double core_seconds = 0;
};

/// Runs evaluations, several at a time where it can.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Whether another task can be started now.
  virtual bool has_room() = 0;
  virtual void start(const Task& task) = 0;
  /// The next result, waiting for at most so many seconds.
  virtual std::optional<Finished> wait(double seconds) = 0;
  /// Gives up everything that runs.
  virtual void cancel() = 0;
  /// Images worked on so far, by all tasks; for the rate in the progress line.
  virtual int64_t images() const = 0;
};

/// Evaluates one task at a time in this process.
class InProcessExecutor : public Executor {
 public:
  explicit InProcessExecutor(Evaluator& evaluator) : evaluator_(evaluator) {}
  bool has_room() override { return !task_; }
  void start(const Task& task) override { task_ = task; }
  std::optional<Finished> wait(double seconds) override;
  void cancel() override { task_.reset(); }
  int64_t images() const override { return images_; }

 private:
  Evaluator& evaluator_;
  std::optional<Task> task_;
  int64_t images_ = 0;
};

/// Evaluates a task and turns whatever happens into a Finished; Interrupted passes through.
Finished evaluate_task(Evaluator& evaluator, const Task& task,
                       const std::function<void(int64_t)>& progress);

}  // namespace nasnet::search
