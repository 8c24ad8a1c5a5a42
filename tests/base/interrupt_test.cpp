#include "nasnet/base/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nasnet {
namespace {

/// True if a process that catches interrupts notices this signal, which it has inherited so.
bool notices(int signal, void (*inherited)(int)) {
  const pid_t process = ::fork();
  if (process == 0) {
    ::signal(signal, inherited);
    catch_interrupts();
    ::raise(signal);
    ::_exit(interrupted() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status) == 1;
}

TEST(Interrupt, IsNoticed) {
  EXPECT_TRUE(notices(SIGINT, SIG_DFL));
  EXPECT_TRUE(notices(SIGTERM, SIG_DFL));
}

TEST(Interrupt, LeavesASigtermAloneThatItsParentIgnores) {
  EXPECT_FALSE(notices(SIGTERM, SIG_IGN));
  EXPECT_TRUE(notices(SIGINT, SIG_IGN)) << "jobs in the background of a script can be ended";
}

TEST(Interrupt, IsForgottenByAFrontEndThatGoesOn) {
  const pid_t process = ::fork();
  if (process == 0) {
    catch_interrupts();
    ::raise(SIGINT);
    const bool before = interrupted();
    catch_interrupts();
    ::_exit(before && !interrupted() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace nasnet
