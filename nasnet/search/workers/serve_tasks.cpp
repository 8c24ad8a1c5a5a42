#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <deque>

#include "nasnet/base/error.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/search/workers/line_pipe.h"
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

json answer(const Finished& finished) {
  const int64_t peak = peak_memory();
  json message = {{"core_seconds", finished.cost.core_seconds},
                  {"gpu_seconds", finished.cost.gpu_seconds},
                  {"peak_bytes", peak}};
  if (!finished.measurements) {
    std::string text = finished.message;
    // Of a GPU's memory this peak says nothing.
    if (finished.cause == Cause::kOutOfMemory && finished.cost.gpu_seconds == 0)
      text = fmt::format("{}; its peak was {:.0f} MB", text, static_cast<double>(peak) / 1e6);
    message["failed"] = text;
    message["cause"] = to_text(finished.cause);
    return message;
  }
  message["done"] = *finished.measurements;  // null for what is no number
  return message;
}

/// Messages of libraries may be in any encoding.
std::string line_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
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
    write_line(out, line_of({{"fatal", error.what()}}));
    return 1;
  }
  if (!write_line(out, json{{"ready", true}}.dump())) return 1;
  while (lines.next(line)) {
    const json message = json::parse(line);
    const Task task{message.at("seed"),    message.at("arm"),    message.at("number"),
                    message.at("choices"), message.at("epochs"), message.at("schedule")};
    forget_peak_memory();
    const CostMeter meter(evaluator->on_gpu() ? gpu_share : 0);
    int64_t images = 0;
    Clock::time_point told = Clock::now();
    const auto tell = [&] {
      const Cost cost = meter.cost();
      write_line(out, json{{"images", std::exchange(images, 0)},
                           {"core_seconds", cost.core_seconds},
                           {"gpu_seconds", cost.gpu_seconds}}
                          .dump());
      told = Clock::now();
    };
    const auto progress = [&](int64_t more) {
      images += more;
      if (Clock::now() - told > std::chrono::milliseconds(200)) tell();
    };
    Finished finished = evaluate_task(*evaluator, task, progress);
    finished.cost = meter.cost();  // with this process's share of the GPU
    tell();
    if (!write_line(out, line_of(answer(finished)))) return 1;
  }
  return 0;
}

}  // namespace nasnet::search
