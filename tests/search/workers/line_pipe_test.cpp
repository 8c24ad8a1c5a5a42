#include "nasnet/search/workers/line_pipe.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace nasnet::search {
namespace {

/// SIGPIPE would end the test: it is handled as a program has it that sets nothing.
TEST(LinePipe, AReaderThatIsGoneIsSaidWithoutASignal) {
  ::signal(SIGPIPE, SIG_DFL);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_TRUE(write_line_quietly(ends[1], "somebody reads"));
  ::close(ends[0]);
  EXPECT_FALSE(write_line_quietly(ends[1], "nobody reads"));
  sigset_t waiting, masked;
  ::sigpending(&waiting);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &masked);
  EXPECT_EQ(::sigismember(&waiting, SIGPIPE), 0) << "it would come later";
  EXPECT_EQ(::sigismember(&masked, SIGPIPE), 0);
  ::close(ends[1]);
}

TEST(LinePipe, LinesComeWholeHoweverTheyAreCut) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  LineReader reader(ends[0]);
  std::vector<std::string> lines;
  ASSERT_EQ(::write(ends[1], "one\ntw", 6), 6);
  ASSERT_TRUE(reader.read(lines));
  EXPECT_EQ(lines, (std::vector<std::string>{"one"}));
  ASSERT_TRUE(write_line(ends[1], "o"));
  ASSERT_TRUE(reader.read(lines));
  EXPECT_EQ(lines, (std::vector<std::string>{"two"}));
  ::close(ends[1]);
  EXPECT_FALSE(reader.read(lines));
  ::close(ends[0]);
}

}  // namespace
}  // namespace nasnet::search
