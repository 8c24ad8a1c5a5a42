#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace nasnet {

/// A pool of threads for parallel loops. The calling thread is one of them: a pool of one starts
/// none. After a fork() the child's pool starts its own threads at its next loop. Not thread-safe:
/// one for_each() at a time, and none from within another one's work.
class ThreadPool {
 public:
  /// `threads` counts the calling one. The others start at the first loop that needs them. Throws
  /// Error for less than one.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  /// Calls work(task, thread) for each task in [0, count) and returns when all are done. Each
  /// thread of [0, threads()) takes one stretch of consecutive tasks; `thread` is its index, for
  /// memory of its own. A thread whose work throws leaves the rest of its stretch undone; the
  /// exception of the lowest thread is rethrown. Throws OutOfMemory where a thread cannot be
  /// started.
  template <class Work>
  void for_each(int64_t count, Work&& work) {
    if (threads_ == 1 || count <= 1) {
      for (int64_t task = 0; task < count; ++task) work(task, 0);
      return;
    }
    using Plain = std::remove_reference_t<Work>;
    run(count, {const_cast<void*>(static_cast<const void*>(&work)),
                [](void* of, int64_t first, int64_t last, int thread) {
                  for (int64_t task = first; task < last; ++task)
                    (*static_cast<Plain*>(of))(task, thread);
                }});
  }

 private:
  /// A stretch of tasks, without the cost of a std::function.
  struct Loop {
    void* work = nullptr;
    void (*call)(void* work, int64_t first, int64_t last, int thread) = nullptr;
  };
  struct Team;
  void run(int64_t count, const Loop& loop);

  int threads_;
  std::unique_ptr<Team> team_;
};

}  // namespace nasnet
