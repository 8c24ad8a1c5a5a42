#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "nasnet/base/process_memory.h"
#include "nasnet/network/backend.h"
#include "nasnet/search/workers/task_runner.h"
#include "tests/search/evaluators/children.h"

namespace nasnet::search {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr int kDone = 0, kOutOfMemory = 10, kOther = 20;

/// Memory that RLIMIT_DATA counts.
int64_t data_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmData:")) return 1024 * std::stoll(line.substr(7));
  return 0;
}

/// A child's evaluation in a process of its own that gets so many bytes more than it has.
int evaluate_within(const SmallChildren& children, int64_t more) {
  ::fflush(nullptr);
  const pid_t process = ::fork();
  if (process == 0) {
    ::alarm(300);  // a hang is a failure
    const auto evaluator = children.evaluator();
    const auto most = static_cast<rlim_t>(data_memory() + more);
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_DATA, &limit);
    const Finished finished = evaluate_task(*evaluator, children.task(0), {});
    if (finished.measurements) ::_exit(kDone);
    if (finished.cause == Cause::kOutOfMemory) ::_exit(kOutOfMemory);
    ::dprintf(2, "with %lld bytes more: %s: %s\n", static_cast<long long>(more),
              to_text(finished.cause).c_str(), finished.message.c_str());
    ::_exit(kOther);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Whatever it is that the limit meets, a small allocation or a large one, a thread's stack or the
/// kernels' block of memory: the trial fails with its cause, and its process lives, or dies of
/// `signal` where that is not ours to prevent.
void sweep(network::Kernels kernels, int signal) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer's own memory meets the limit";
  SmallChildren children;
  children.settings.training.kernels = kernels;
  children.settings.filters = 16;
  children.settings.training.epochs = 1;
  int failed = 0, died = 0;
  int64_t more = 64 << 10;
  for (;; more += more / 3) {
    ASSERT_LT(more, int64_t{4} << 30) << "it never has enough";
    const int end = evaluate_within(children, more);
    if (end == kDone) break;
    if (signal != 0 && end == -signal) {
      ++died;
      continue;
    }
    EXPECT_EQ(end, kOutOfMemory) << nasnet::to_text(kernels) << " with " << more << " bytes more"
                                 << (end < 0 ? ": killed by a signal" : "");
    ++failed;
  }
  EXPECT_GE(failed, 8);
  fmt::print("{}: {} limits were too small, the process died of {} more, {:.1f} MB were enough\n",
             nasnet::to_text(kernels), failed, died, more / 1e6);
}

TEST(MemoryLimit, EndsAFusedTrialWithItsCause) {
  sweep(network::Kernels::kFused, 0);
}

/// oneDNN writes to the null pointer where memory for its generated code is refused (seen with the
/// one of Debian 12): the trial's process dies then, and the trial's cause is that.
TEST(MemoryLimit, EndsAReferenceTrialWithItsCause) {
  if (!network::find_backend()) GTEST_SKIP() << "libtorch is not there";
  sweep(network::Kernels::kReference, SIGSEGV);
}

/// The kernels' one block of memory is far larger than what the limit leaves.
TEST(MemoryLimit, RefusesTheKernelsBlockOfMemory) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer's own memory meets the limit";
  SmallChildren children;
  children.settings.filters = 64;
  children.settings.training.epochs = 1;
  EXPECT_EQ(evaluate_within(children, 24 << 20), kOutOfMemory);
  EXPECT_EQ(evaluate_within(children, int64_t{2} << 30), kDone);
}

}  // namespace
}  // namespace nasnet::search
