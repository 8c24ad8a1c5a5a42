#include "nasnet/base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "nasnet/base/error.h"

namespace nasnet {
namespace {

std::vector<int> counts(ThreadPool& pool, int64_t tasks) {
  std::vector<std::atomic<int>> seen(static_cast<size_t>(tasks));
  pool.for_each(tasks, [&](int64_t task, int thread) {
    EXPECT_GE(thread, 0);
    EXPECT_LT(thread, pool.threads());
    ++seen[task];
  });
  return {seen.begin(), seen.end()};
}

TEST(ThreadPool, DoesEachTaskOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (const int64_t tasks : {0, 1, 2, 3, 7, 1000})
      EXPECT_EQ(counts(pool, tasks), std::vector<int>(static_cast<size_t>(tasks), 1)) << threads;
  }
}

TEST(ThreadPool, ManyShortLoopsFollowEachOther) {
  ThreadPool pool(3);
  std::atomic<int64_t> sum{0};
  for (int loop = 0; loop < 20000; ++loop)
    pool.for_each(3, [&](int64_t task, int) { sum += task; });
  EXPECT_EQ(sum, 3 * 20000);
}

TEST(ThreadPool, TasksOfOneThreadComeInOrder) {
  ThreadPool pool(4);
  std::vector<std::vector<int64_t>> of(4);
  pool.for_each(100, [&](int64_t task, int thread) { of[thread].push_back(task); });
  std::vector<int64_t> all;
  for (const auto& tasks : of) all.insert(all.end(), tasks.begin(), tasks.end());
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], static_cast<int64_t>(i));
}

TEST(ThreadPool, ThrowsTheFirstExceptionAndWorksOn) {
  ThreadPool pool(3);
  for (int i = 0; i < 50; ++i) {
    std::string message;
    try {
      pool.for_each(30, [](int64_t task, int) {
        if (task % 10 == 5) throw std::runtime_error("task " + std::to_string(task));
      });
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "task 5");
    EXPECT_EQ(counts(pool, 9), std::vector<int>(9, 1));
  }
}

TEST(ThreadPool, RefusesNoThreads) {
  EXPECT_THROW(ThreadPool(0), Error);
}

TEST(ThreadPool, StartsThreadsOfItsOwnInAForkedProcess) {
  ThreadPool pool(3);
  EXPECT_EQ(counts(pool, 6), std::vector<int>(6, 1));
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);  // ends it where a loop waits for threads that are not there
    const bool well = counts(pool, 6) == std::vector<int>(6, 1);
    ::_exit(well ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(counts(pool, 6), std::vector<int>(6, 1));
}

}  // namespace
}  // namespace nasnet
