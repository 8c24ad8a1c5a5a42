#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace nasnet {

/// A pool of threads for parallel loops. The calling thread is one of them: a pool of one starts
/// none. After a fork() the child's pool starts its own threads at its next loop.
/// Not thread-safe: one caller at a time.
class ThreadPool {
 public:
  /// Starts no thread before the first loop that needs it. Throws Error for less than one.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  /// Calls work(task, thread) once for each task in [0, count), a stretch of them on each thread of
  /// [0, threads()), and returns when all are done. Where several throw, the exception of the
  /// lowest thread is rethrown. Throws OutOfMemory where a thread cannot be started.
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
