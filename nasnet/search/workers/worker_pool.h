#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/base/memory_group.h"
#include "nasnet/search/workers/task_runner.h"

namespace nasnet::search {

/// The most that one trial may use; 0: as much as there is.
struct TrialLimits {
  double seconds = 0;        ///< of wall-clock time
  int64_t memory_bytes = 0;  ///< of its process, beyond its code
  double gpu_share = 1;      ///< of the GPU that it shares with others: a second costs so many
};

/// Worker processes of this machine, one trial each at a time. Each is pinned to its share of the
/// cores that this process may use, and ends when this process does, however that ends. A worker
/// that dies takes its trial's attempt with it and is started anew; one that dies before it is
/// ready, five times in a row, ends the search: wait() throws Error with its last words.
///
/// They speak JSON lines. To the worker: first `setup` with the worker's number from 0 as "worker"
/// and its "memory_limit" and "gpu_share", then a task a line. From it: {"ready": true} or
/// {"fatal": "..."}; then {"images": n} now and then, and {"done": {...}} or {"failed": "...",
/// "cause": "..."}, each with the cost so far.
class WorkerPool : public TaskRunner {
 public:
  /// At most `workers` processes with the command line `command`: each is started when a task is
  /// there for it, so that there are never more than tasks. A worker's fatal error is thrown as an
  /// InputError by wait().
  /// `oom_kills` counts the processes that the kernel has killed for want of memory, -1 where it
  /// does not tell (see MemoryGroup): a trial whose process was among them ran out of memory.
  WorkerPool(
      std::vector<std::string> command, nlohmann::json setup, int workers, TrialLimits limits = {},
      std::function<int64_t()> oom_kills = [] { return MemoryGroup().oom_kills(); });
  ~WorkerPool() override;

  int64_t room() override;
  void start(const Task& task) override;
  std::optional<Finished> wait(double seconds) override;
  Cost cost(const Task& task) const override;
  void drop(const Task& task) override;
  std::vector<Finished> cancel() override;
  int64_t images() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The worker's side: reads the setup, makes the evaluator, evaluates tasks until the pool closes
/// the pipe. Returns the exit status.
int serve_tasks(const std::function<std::unique_ptr<Evaluator>(const nlohmann::json&)>& make,
                int in, int out);

}  // namespace nasnet::search
