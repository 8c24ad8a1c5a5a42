#include "nasnet/data/for_all.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"

// Work is handed out one item at a time, as pictures differ much in size. Results do not depend on
// which thread did which: every item writes to a place of its own.

namespace nasnet::data {

void for_all(const char* title, size_t count, const std::function<void(size_t)>& work) {
  Progress progress(title, static_cast<int64_t>(count), "images");
  std::atomic<size_t> next = 0, done = 0;
  std::atomic<bool> stop = false;
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&](bool shows) {
    for (size_t i; !stop && (i = next++) < count;) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        stop = true;
      }
      ++done;
      // Only the calling thread draws progress and looks for Ctrl-C; the others see `stop`.
      if (!shows) continue;
      progress.update(static_cast<int64_t>(done));
      if (interrupted()) stop = true;
    }
  };
  std::vector<std::thread> helpers;
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned i = 1; i < cores; ++i) helpers.emplace_back(run, false);
  run(true);
  for (std::thread& helper : helpers) helper.join();
  // After the threads have ended: they use this frame's variables.
  check_interrupt("stopped while reading images");
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nasnet::data
