#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <deque>

#include "nasnet/base/error.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/search/workers/line_pipe.h"
#include "nasnet/search/workers/protocol.h"
#include "nasnet/search/workers/worker_pool.h"

namespace nasnet::search {
namespace {

using nlohmann::json;

/// Lines one by one; false at the end.
class Lines {
 public:
  explicit Lines(int descriptor) : reader_(descriptor) {}
  bool next(std::string& line) {
    while (waiting_.empty()) {
      std::vector<std::string> lines;
      if (!reader_.read(lines)) return false;
      waiting_.insert(waiting_.end(), lines.begin(), lines.end());
    }
    line = std::move(waiting_.front());
    waiting_.pop_front();
    return true;
  }

 private:
  LineReader reader_;
  std::deque<std::string> waiting_;
};

/// Memory that is asked for beyond the limit is refused, and the trial fails by itself.
void limit_memory(int64_t bytes) {
  if (bytes <= 0) return;
  const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  ::setrlimit(RLIMIT_DATA, &limit);
}

/// With this process's peak of memory, in words too where that was the fault.
Finished with_peak(Finished finished) {
  finished.cost.peak_bytes = peak_memory();
  // Of a GPU's memory this peak says nothing.
  if (finished.cause == Cause::kOutOfMemory && finished.cost.gpu_seconds == 0)
    finished.message = fmt::format("{}; its peak was {:.0f} MB", finished.message,
                                   static_cast<double>(finished.cost.peak_bytes) / 1e6);
  return finished;
}

}  // namespace

int serve_tasks(const std::function<std::unique_ptr<Evaluator>(const json&)>& make, int in,
                int out) {
  using Clock = std::chrono::steady_clock;
  Lines lines(in);
  std::string line;
  if (!lines.next(line)) return 1;
  std::unique_ptr<Evaluator> evaluator;
  double gpu_share = 1;
  try {
    const json setup = json::parse(line);
    gpu_share = setup.value("gpu_share", 1.0);
    limit_memory(setup.value("memory_limit", int64_t{0}));
    evaluator = make(setup);
  } catch (const std::exception& error) {
    write_line(out, format_worker_line(WorkerFailed{error.what()}));
    return 1;
  }
  if (!write_line(out, format_worker_line(WorkerReady{}))) return 1;
  while (lines.next(line)) {
    const Task task = parse_task(line);
    forget_peak_memory();
    const CostMeter meter(evaluator->on_gpu() ? gpu_share : 0);
    int64_t images = 0;
    Clock::time_point told = Clock::now();
    const auto tell = [&] {
      write_line(out, format_worker_line(TaskProgress{std::exchange(images, 0), meter.cost()}));
      told = Clock::now();
    };
    const auto progress = [&](int64_t more) {
      images += more;
      if (Clock::now() - told > std::chrono::milliseconds(200)) tell();
    };
    Finished finished = evaluate_task(*evaluator, task, progress);
    finished.cost = meter.cost();  // with this process's share of the GPU
    tell();
    if (!write_line(out, format_worker_line(with_peak(std::move(finished))))) return 1;
  }
  return 0;
}

}  // namespace nasnet::search
