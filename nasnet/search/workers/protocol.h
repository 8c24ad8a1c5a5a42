#pragma once

#include <string>
#include <variant>

#include "nasnet/search/workers/task_runner.h"

// The lines of JSON between a worker pool and its workers (see WorkerPool), as values. Nothing here
// reads or writes: any bytes can be parsed, as libraries print to standard output, too.

namespace nasnet::search {

/// A worker has made its evaluator and takes tasks.
struct WorkerReady {};
/// A worker cannot make its evaluator: no worker of the pool can.
struct WorkerFailed {
  std::string message;
};
/// A task's progress since the last line, and its cost so far.
struct TaskProgress {
  int64_t images = 0;
  Cost cost;
};
/// A line that is no message: a library prints it.
struct Chatter {
  std::string line;
};
/// A line from a worker. Of a Finished everything but the task, which the pool knows.
using WorkerLine = std::variant<Chatter, WorkerReady, WorkerFailed, TaskProgress, Finished>;

/// Never throws: what is no whole message is Chatter.
WorkerLine parse_worker_line(const std::string& line);
/// Without the end of the line. Text that is no UTF-8 is replaced character by character.
std::string format_worker_line(const WorkerLine& line);

/// Throws InputError for a line that is no whole task.
Task parse_task(const std::string& line);
/// All of a task but its token, on which no result depends.
std::string format_task(const Task& task);

}  // namespace nasnet::search
