#include "nasnet/search/workers/worker_pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/search/workers/line_pipe.h"
#include "nasnet/search/workers/protocol.h"
#include "nasnet/search/workers/worker_process.h"

namespace nasnet::search {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

/// Starts of a worker that fail one after another until it is given up.
constexpr int kStarts = 5;

/// The lines of a worker's that are kept for the log of a trial that fails, and of each so many
/// bytes.
constexpr size_t kLogLines = 40, kLogLine = 500;

/// A process and what it is doing.
struct Worker {
  Worker(const std::vector<std::string>& command, const std::vector<int>& cores)
      : process(command, cores), lines(process.output()), errors(process.error()) {}

  WorkerProcess process;
  LineReader lines, errors;
  std::string last_error;       // the last line it wrote to standard error
  std::deque<std::string> log;  // the last ones since its task began
  bool ready = false, error_open = true;
  std::optional<Task> task;
  Clock::time_point started;
  Cost cost;              // of the task, as far as it has said
  int64_t oom_kills = 0;  // when the task began, less those that were of this pool's workers
};

}  // namespace

struct WorkerPool::State {
  std::vector<std::string> command;
  json setup;
  std::vector<std::vector<int>> shares;
  std::vector<std::unique_ptr<Worker>> workers;  // none where it has not been needed yet
  TrialLimits limits;
  std::deque<Finished> finished;
  int64_t images = 0;
  int failed_starts = 0;
  std::function<int64_t()> oom_kills;
  int64_t own_oom_kills = 0;  // of this pool's workers

  /// Kills by the kernel that nothing is known of here.
  int64_t other_oom_kills() const { return std::max<int64_t>(0, oom_kills() - own_oom_kills); }

  void launch(size_t index) {
    workers[index] = std::make_unique<Worker>(command, shares[index]);
    json message = setup;
    message["worker"] = index;
    message["memory_limit"] = limits.memory_bytes;
    message["gpu_share"] = limits.gpu_share;
    write_line_quietly(workers[index]->process.input(), message.dump());
  }

  /// Gives a task to a worker, which reads it once it is ready.
  void give(size_t index, const Task& task) {
    NASNET_CHECK(is_free(index), "a worker has one task at a time");
    if (!workers[index]) launch(index);
    Worker& worker = *workers[index];
    worker.task = task;
    worker.log.clear();
    worker.started = Clock::now();
    worker.cost = {};
    worker.oom_kills = other_oom_kills();
    write_line_quietly(worker.process.input(), format_task(task));
  }
  bool is_free(size_t index) const { return !workers[index] || !workers[index]->task; }

  /// The process has gone: its task has failed, and the next one gets another process. A task that
  /// it had not begun goes on to another one at once.
  void bury(size_t index) {
    const std::unique_ptr<Worker> worker = std::move(workers[index]);
    const WorkerProcess::End end = worker->process.end();
    const std::string detail =
        worker->last_error.empty() ? "" : fmt::format(": {}", worker->last_error);
    failed_starts = worker->ready ? 0 : failed_starts + 1;
    if (failed_starts >= kStarts)
      throw Error(fmt::format("a worker {} before it was ready{}", end.text, detail));
    if (!worker->task) return;
    if (!worker->ready) return give(index, *worker->task);
    worker->cost.peak_bytes = std::max(worker->cost.peak_bytes, end.peak_bytes);
    if (end.signal == SIGKILL && other_oom_kills() > worker->oom_kills) {
      ++own_oom_kills;
      finished.push_back(
          failure(*worker, Cause::kOutOfMemory,
                  fmt::format("out of memory: the kernel killed its worker; its peak was {:.0f} MB",
                              static_cast<double>(end.peak_bytes) / 1e6)));
    } else {
      finished.push_back(
          failure(*worker, Cause::kKilled, fmt::format("its worker {}{}", end.text, detail)));
    }
  }

  static void remember(Worker& worker, std::string line) {
    worker.log.push_back(line.substr(0, kLogLine));
    if (worker.log.size() > kLogLines) worker.log.pop_front();
    worker.last_error = std::move(line);
  }
  static std::string log_of(const Worker& worker) {
    return fmt::format("{}", fmt::join(worker.log, "\n"));
  }
  static Finished failure(Worker& worker, Cause cause, std::string message) {
    Finished result;
    result.cost = worker.cost;
    result.task = *std::exchange(worker.task, std::nullopt);
    result.cause = cause;
    result.message = std::move(message);
    result.log = log_of(worker);
    return result;
  }

  /// A trial that takes too long takes its process with it.
  void end_late() {
    if (limits.seconds <= 0) return;
    for (size_t i = 0; i < workers.size(); ++i) {
      if (is_free(i)) continue;
      Worker& worker = *workers[i];
      if (!worker.ready || seconds_of(worker) < limits.seconds) continue;
      finished.push_back(
          failure(worker, Cause::kTimeOut, fmt::format("took longer than {:g} s", limits.seconds)));
      workers[i].reset();
    }
  }
  static double seconds_of(const Worker& worker) {
    return std::chrono::duration<double>(Clock::now() - worker.started).count();
  }

  // An overload for each kind of line that a worker writes.
  void hear(Worker& worker, Chatter chatter) { remember(worker, std::move(chatter.line)); }
  void hear(Worker& worker, WorkerReady) {
    worker.ready = true;
    worker.started = Clock::now();  // starting is not its trial's time
  }
  void hear(Worker&, const WorkerFailed& failed) { throw InputError(failed.message); }
  void hear(Worker& worker, const TaskProgress& progress) {
    images += progress.images;
    worker.cost = progress.cost;
  }
  void hear(Worker& worker, Finished result) {
    if (!worker.task) return;
    result.task = *std::exchange(worker.task, std::nullopt);
    if (!result.measurements) result.log = log_of(worker);
    finished.push_back(std::move(result));
  }

  void read_output(size_t index) {
    Worker& worker = *workers[index];
    std::vector<std::string> lines;
    if (!worker.lines.read(lines)) {
      bury(index);
      return;
    }
    for (const std::string& line : lines)
      std::visit([&](auto message) { hear(worker, std::move(message)); }, parse_worker_line(line));
  }

  void read_errors(Worker& worker) {
    std::vector<std::string> lines;
    worker.error_open = worker.errors.read(lines);
    for (std::string& line : lines)
      if (!line.empty()) remember(worker, std::move(line));
  }

  /// Waits for any message, for at most so long, and handles what has come.
  void listen(double seconds) {
    std::vector<pollfd> descriptors;
    for (const auto& worker : workers) {
      const bool errors = worker && worker->error_open;
      descriptors.push_back({worker ? worker->process.output() : -1, POLLIN, 0});
      descriptors.push_back({errors ? worker->process.error() : -1, POLLIN, 0});
    }
    if (::poll(descriptors.data(), descriptors.size(), static_cast<int>(seconds * 1000)) <= 0)
      return;
    // Errors before output: the last words of a worker that has died tell its trial's cause.
    for (size_t i = 0; i < workers.size(); ++i) {
      if (descriptors[2 * i + 1].revents) read_errors(*workers[i]);
      if (descriptors[2 * i].revents) read_output(i);
    }
  }
};

WorkerPool::WorkerPool(std::vector<std::string> command, json setup, int workers,
                       TrialLimits limits, std::function<int64_t()> oom_kills)
    : state_(std::make_unique<State>()) {
  state_->command = std::move(command);
  state_->setup = std::move(setup);
  state_->limits = limits;
  state_->oom_kills = std::move(oom_kills);
  state_->shares = share_cores(workers);
  state_->workers.resize(state_->shares.size());
  NASNET_CHECK(!state_->workers.empty(), "a pool has at least one worker");
}

WorkerPool::~WorkerPool() = default;

int64_t WorkerPool::room() {
  int64_t free = 0;
  for (size_t i = 0; i < state_->workers.size(); ++i) free += state_->is_free(i);
  return free;
}

void WorkerPool::start(const Task& task) {
  // A process that waits has its data loaded; another one would have to load them.
  const auto& workers = state_->workers;
  std::optional<size_t> chosen;
  for (size_t i = 0; i < workers.size(); ++i)
    if (state_->is_free(i) && (!chosen || (workers[i] && !workers[*chosen]))) chosen = i;
  NASNET_CHECK(chosen, "no more tasks are started than there is room() for");
  state_->give(*chosen, task);
}

std::optional<Finished> WorkerPool::wait(double seconds) {
  if (state_->finished.empty()) state_->listen(seconds);
  if (state_->finished.empty()) state_->end_late();
  if (state_->finished.empty()) return std::nullopt;
  Finished result = std::move(state_->finished.front());
  state_->finished.pop_front();
  return result;
}

Cost WorkerPool::cost(const Task& task) const {
  for (const auto& worker : state_->workers)
    if (worker && worker->task && is_same_attempt(*worker->task, task)) return worker->cost;
  return {};
}

void WorkerPool::drop(const Task& task) {
  for (size_t i = 0; i < state_->workers.size(); ++i)
    if (!state_->is_free(i) && is_same_attempt(*state_->workers[i]->task, task))
      state_->workers[i].reset();
}

std::vector<Finished> WorkerPool::cancel() {
  state_->listen(0);
  for (auto& worker : state_->workers) worker.reset();
  std::vector<Finished> results(state_->finished.begin(), state_->finished.end());
  state_->finished.clear();
  return results;
}

int64_t WorkerPool::images() const {
  return state_->images;
}

}  // namespace nasnet::search
