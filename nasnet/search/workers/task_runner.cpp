#include "nasnet/search/workers/task_runner.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <new>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// libtorch says in words only that memory has run out, and may have none for the words: they are
/// cut then, within "[enforce fail at FILE:LINE]".
bool tells_of_memory(const std::string& message) {
  const bool cut = message.starts_with("[enforce fail") && message.find(']') == std::string::npos;
  return cut || message.find("can't allocate memory") != std::string::npos ||
         message.find("out of memory") != std::string::npos;
}

}  // namespace

double process_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Cost CostMeter::cost() const {
  Cost cost;
  cost.core_seconds = process_seconds() - processor_;
  cost.gpu_seconds =
      gpus_ * std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return cost;
}

Finished evaluate_task(Evaluator& evaluator, const Task& task,
                       const std::function<void(int64_t)>& progress) {
  Finished finished;
  finished.task = task;
  const CostMeter meter(evaluator.on_gpu() ? 1 : 0);
  const auto fail = [&](Cause cause, const std::string& message) {
    finished.cause = cause;
    finished.message = first_line(message);
  };
  try {
    finished.measurements = evaluator.evaluate(task, progress);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::bad_alloc&) {
    fail(Cause::kOutOfMemory, "out of memory");
  } catch (const OutOfMemory& error) {
    fail(Cause::kOutOfMemory, error.what());
  } catch (const NotANumber& error) {
    fail(Cause::kNotANumber, error.what());
  } catch (const InputError& error) {
    fail(Cause::kDataError, error.what());
  } catch (const SystemError& error) {
    fail(Cause::kDataError, error.what());
  } catch (const std::exception& error) {
    fail(tells_of_memory(error.what()) ? Cause::kOutOfMemory : Cause::kException, error.what());
  }
  finished.cost = meter.cost();
  finished.curve = evaluator.learning_curve();
  std::erase_if(finished.curve, [](const CurvePoint& point) {
    return !std::isfinite(point.loss) || !std::isfinite(point.accuracy);
  });
  return finished;
}

void InProcessRunner::start(const Task& task) {
  NASNET_CHECK(std::ssize(tasks_) < places_, "no more tasks are started than there is room() for");
  tasks_.push_back(task);
}

std::optional<Finished> InProcessRunner::wait(double) {
  if (tasks_.empty()) return std::nullopt;
  const Task task = std::move(tasks_.front());
  tasks_.pop_front();
  return evaluate_task(evaluator_, task, [&](int64_t images) { images_ += images; });
}

void InProcessRunner::drop(const Task& task) {
  std::erase_if(tasks_, [&](const Task& other) { return is_same_attempt(task, other); });
}

}  // namespace nasnet::search
