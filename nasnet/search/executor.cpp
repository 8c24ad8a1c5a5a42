#include "nasnet/search/executor.h"

#include <time.h>

#include <cmath>
#include <exception>
#include <new>
#include <utility>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

/// Processor time of this process, all its threads, in seconds.
double process_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

Finished evaluate_task(Evaluator& evaluator, const Task& task,
                       const std::function<void(int64_t)>& progress) {
  Finished finished;
  finished.task = task;
  const double start = process_seconds();
  try {
    Evaluation evaluation = evaluator.evaluate(task, progress);
    if (std::isfinite(evaluation.reward)) {
      finished.evaluation = std::move(evaluation);
    } else {
      finished.cause = "the reward is not a number";
    }
  } catch (const Interrupted&) {
    throw;
  } catch (const std::bad_alloc&) {
    finished.cause = "out of memory";
  } catch (const std::exception& error) {
    finished.cause = first_line(error.what());
  }
  finished.core_seconds = process_seconds() - start;
  return finished;
}

std::optional<Finished> InProcessExecutor::wait(double) {
  if (!task_) return std::nullopt;
  const Task task = *std::exchange(task_, std::nullopt);
  return evaluate_task(evaluator_, task, [&](int64_t images) { images_ += images; });
}

}  // namespace nasnet::search
