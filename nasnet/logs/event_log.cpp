#include "nasnet/logs/event_log.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"

namespace nasnet::logs {
namespace {

using EventJob = std::pair<size_t, std::function<void(EventFile&)>>;

/// Jobs that wait for a disk which hangs; more would fill the memory.
constexpr size_t kMostJobs = 10'000;
constexpr auto kLongestEnd = std::chrono::seconds(10);

}  // namespace

struct EventLog::Shared {
  std::vector<std::filesystem::path> folders;
  std::string identity;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<EventJob> jobs;
  bool begun = false, ending = false, done = false, failed = false;

  /// Holding the mutex.
  void fail(const std::string& why) {
    jobs.clear();
    if (!std::exchange(failed, true)) warn(fmt::format("nothing more is logged: {}", why));
  }
};

EventLog::EventLog(std::vector<std::filesystem::path> folders, std::string identity)
    : shared_(std::make_shared<Shared>()) {
  shared_->folders = std::move(folders);
  shared_->identity = std::move(identity);
  thread_ = std::thread([shared = shared_] { run(shared); });
}

EventLog::~EventLog() {
  std::unique_lock lock(shared_->mutex);
  shared_->ending = true;
  shared_->changed.notify_all();
  const bool done = shared_->changed.wait_for(lock, kLongestEnd, [&] { return shared_->done; });
  if (!done)
    shared_->fail(fmt::format("{} does not take what is written",
                              printable(shared_->folders.front().string())));
  lock.unlock();
  done ? thread_.join() : thread_.detach();
}

void EventLog::begin() {
  const std::lock_guard lock(shared_->mutex);
  shared_->begun = true;
  shared_->changed.notify_all();
}

void EventLog::post(size_t index, std::function<void(EventFile&)> job) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->failed) return;
  if (shared_->jobs.size() >= kMostJobs)
    return shared_->fail(fmt::format("{} does not take what is written",
                                     printable(shared_->folders.front().string())));
  shared_->jobs.emplace_back(index, std::move(job));
  shared_->changed.notify_all();
}

void EventLog::run(const std::shared_ptr<Shared>& shared) {
  std::vector<std::unique_ptr<EventFile>> files;
  const auto work = [&](std::deque<EventJob>& jobs) {
    if (files.empty())
      for (const auto& folder : shared->folders)
        files.push_back(std::make_unique<EventFile>(folder, shared->identity));
    for (const auto& [index, job] : jobs) job(*files.at(index));
    for (const auto& file : files) file->publish();
  };
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(
        lock, [&] { return shared->ending || (shared->begun && !shared->jobs.empty()); });
    if (shared->jobs.empty() || !shared->begun) break;
    std::deque<EventJob> jobs = std::exchange(shared->jobs, {});
    lock.unlock();
    std::string problem;
    try {
      work(jobs);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    lock.lock();
    if (!problem.empty()) shared->fail(problem);
  }
  shared->done = true;
  shared->changed.notify_all();
}

}  // namespace nasnet::logs
