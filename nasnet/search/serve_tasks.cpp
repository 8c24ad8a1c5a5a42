#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <deque>

#include "nasnet/base/error.h"
#include "nasnet/search/line_pipe.h"
#include "nasnet/search/worker_pool.h"

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

json answer(const Finished& finished) {
  json message = {{"core_seconds", finished.core_seconds}};
  if (!finished.evaluation) {
    message["failed"] = finished.cause;
    return message;
  }
  json measurements = json::object();
  for (const auto& [name, value] : finished.evaluation->measurements)
    if (std::isfinite(value)) measurements[name] = value;
  message["done"] = {{"reward", finished.evaluation->reward}, {"measurements", measurements}};
  return message;
}

}  // namespace

int serve_tasks(const std::function<std::unique_ptr<Evaluator>(const json&)>& make, int in,
                int out) {
  using Clock = std::chrono::steady_clock;
  Lines lines(in);
  std::string line;
  if (!lines.next(line)) return 1;
  std::unique_ptr<Evaluator> evaluator;
  try {
    evaluator = make(json::parse(line));
  } catch (const std::exception& error) {
    write_line(out, json{{"fatal", error.what()}}.dump());
    return 1;
  }
  if (!write_line(out, json{{"ready", true}}.dump())) return 1;
  while (lines.next(line)) {
    const json message = json::parse(line);
    const Task task{message.at("seed"), message.at("arm"), message.at("number"),
                    message.at("choices")};
    int64_t images = 0;
    Clock::time_point told = Clock::now();
    const auto tell = [&] {
      write_line(out, json{{"images", std::exchange(images, 0)}}.dump());
      told = Clock::now();
    };
    const Finished finished = evaluate_task(*evaluator, task, [&](int64_t more) {
      images += more;
      if (Clock::now() - told > std::chrono::milliseconds(200)) tell();
    });
    tell();
    if (!write_line(out, answer(finished).dump())) return 1;
  }
  return 0;
}

}  // namespace nasnet::search
