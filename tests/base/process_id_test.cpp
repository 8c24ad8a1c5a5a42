#include "nasnet/base/process_id.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nasnet {
namespace {

TEST(Processes, TellTheLivingFromTheDead) {
  EXPECT_FALSE(has_ended(this_process()));
  EXPECT_FALSE(has_ended({}));
  EXPECT_FALSE(has_ended({1, 1, "another-machine", "0123abcd"}));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int64_t start = this_process().start;
    ::_exit(::write(ends[1], &start, sizeof start) == sizeof start ? 0 : 1);
  }
  ProcessId dead = this_process();
  dead.number = child;
  ASSERT_EQ(::read(ends[0], &dead.start, sizeof dead.start), ssize_t{sizeof dead.start});
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(has_ended(dead));
  // A container on another machine may have the same host name.
  ProcessId elsewhere = dead;
  elsewhere.space = "";
  EXPECT_FALSE(has_ended(elsewhere));
  elsewhere.space = "00000000";
  EXPECT_FALSE(has_ended(elsewhere));
}

TEST(Processes, HaveANameForPeople) {
  EXPECT_EQ(to_text(ProcessId{12, 77, "host", "9c21b04e"}), "process 12 (77) on host [9c21b04e]");
  EXPECT_EQ(to_text(ProcessId{12, 77, "host", ""}), "process 12 (77) on host");
}

}  // namespace
}  // namespace nasnet
