#include "nasnet/base/thread_pool.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "nasnet/base/error.h"

// Passes of a network are made of many short loops, so threads wait for the next one by looking at
// a counter before they sleep, and a loop costs no allocation. Each thread gets a stretch that
// depends on the counts alone: in loops over as many images a thread meets the same ones again.

namespace nasnet {
namespace {

/// Grows in the child of each fork(): threads of before are not there.
std::atomic<uint64_t> forks{0};

void watch_forks() {
  static std::once_flag once;
  std::call_once(once, [] { ::pthread_atfork(nullptr, nullptr, [] { ++forks; }); });
}

/// Loops follow each other within microseconds in a pass: looks so often before it sleeps.
constexpr int kLooks = 4000;

/// Tells the core that it waits in a loop: its twin may compute meanwhile.
inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `value` is no longer `old`.
template <class Value>
void wait_for_change(const std::atomic<Value>& value, Value old) {
  for (int look = 0; look < kLooks; ++look) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

/// The threads of a pool and the loop that they share. `round` counts loops up; helpers wait for it
/// to change, work, and count `busy` down, for which the calling thread waits.
struct ThreadPool::Team {
  explicit Team(int threads) : failures(threads), fork(forks) {
    try {
      for (int i = 1; i < threads; ++i) helpers.emplace_back([this, i] { serve(i); });
    } catch (const std::system_error&) {  // its stack did not fit
      end();
      throw OutOfMemory("out of memory: a thread that computes cannot be started");
    }
  }
  ~Team() { end(); }

  void end() {
    ending = true;
    ++round;
    round.notify_all();
    for (std::thread& helper : helpers) helper.join();
    helpers.clear();
  }

  /// A helper's life: a round each turn, until the team ends.
  void serve(int thread) {
    for (uint32_t seen = 0;;) {
      wait_for_change(round, seen);
      ++seen;
      if (ending) return;
      work(thread);
      if (--busy == 0) busy.notify_one();
    }
  }

  /// The thread's stretch.
  void work(int thread) {
    const auto threads = static_cast<int64_t>(failures.size());
    try {
      loop.call(loop.work, count * thread / threads, count * (thread + 1) / threads, thread);
    } catch (...) {
      failures[thread] = std::current_exception();
    }
  }

  void run(int64_t tasks, const Loop& of) {
    loop = of;
    count = tasks;
    // All that helpers read is set before the round begins.
    busy = static_cast<int>(helpers.size());
    ++round;
    round.notify_all();
    work(0);
    for (int left = busy; left > 0; left = busy) wait_for_change(busy, left);
    // All failures are taken out, or an old one would be thrown by a later loop.
    std::exception_ptr failure;
    for (std::exception_ptr& one : failures)
      if (std::exception_ptr its = std::exchange(one, nullptr); its && !failure) failure = its;
    if (failure) std::rethrow_exception(failure);
  }

  Loop loop;
  int64_t count = 0;
  std::vector<std::exception_ptr> failures;  // by thread
  std::vector<std::thread> helpers;
  std::atomic<uint32_t> round{0};
  std::atomic<int> busy{0};
  std::atomic<bool> ending{false};
  uint64_t fork;
};

ThreadPool::ThreadPool(int threads) : threads_(threads) {
  if (threads < 1) throw Error("a pool of less than one thread");
  watch_forks();
}

ThreadPool::~ThreadPool() {
  // Joining threads that the fork left in the parent would wait forever: the team is leaked.
  if (team_ && team_->fork != forks) (void)team_.release();  // NOLINT: its threads are not here
}

void ThreadPool::run(int64_t count, const Loop& loop) {
  if (team_ && team_->fork != forks) (void)team_.release();  // NOLINT
  if (!team_) team_ = std::make_unique<Team>(threads_);
  team_->run(count, loop);
}

}  // namespace nasnet
