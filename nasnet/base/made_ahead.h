#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

namespace nasnet {

/// A sequence of values that a thread makes, a few ahead of the one who takes them. Their order is
/// that in which they are made, so that nothing depends on timing.
template <class T>
class MadeAhead {
 public:
  /// At most so many wait to be taken; one more is being made.
  explicit MadeAhead(size_t most) : most_(most) {}
  ~MadeAhead() { halt(); }
  MadeAhead(const MadeAhead&) = delete;
  MadeAhead& operator=(const MadeAhead&) = delete;

  /// Begins a sequence, in place of the one before: `make` gives its next value, or none at its
  /// end. Throws OutOfMemory where the thread cannot be started.
  void start(std::function<std::optional<T>()> make) {
    halt();
    try {
      thread_ = std::thread([this, make = std::move(make)] { work(make); });
    } catch (const std::system_error&) {  // its stack did not fit
      throw OutOfMemory("out of memory: the thread that prepares batches cannot be started");
    }
  }

  /// The next value; none after the last. What `make` has thrown is thrown here, once the values
  /// before it have been taken.
  std::optional<T> next() {
    NASNET_CHECK(thread_.joinable(), "a sequence has been started");
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return finished_ || !ready_.empty(); });
    if (ready_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    std::optional<T> value(std::move(ready_.front()));
    ready_.pop_front();
    changed_.notify_all();
    return value;
  }

  /// Ends the thread, after the value that it is making, and forgets what was made.
  void halt() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    ready_.clear();
    failure_ = nullptr;
    finished_ = stop_ = false;
  }

 private:
  void work(const std::function<std::optional<T>()>& make) {
    try {
      while (std::optional<T> value = make()) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stop_ || ready_.size() < most_; });
        if (stop_) return;
        ready_.push_back(*std::move(value));
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }

  const size_t most_;
  // The mutex guards all below but the thread.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> ready_;
  std::exception_ptr failure_;
  bool finished_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace nasnet
