#include "nasnet/base/progress.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace nasnet::test {
namespace {

/// What `work` prints to standard error on a terminal of this width, or to a pipe for width 0.
std::string printed(int width, const std::function<void()>& work) {
  int from = -1;
  pid_t child;
  if (width > 0) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = static_cast<unsigned short>(width);
    child = ::forkpty(&from, nullptr, nullptr, &size);
  } else {
    int ends[2];
    if (::pipe(ends) != 0) return "";
    child = ::fork();
    if (child == 0) ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    from = ends[0];
  }
  if (child == 0) {
    work();
    ::_exit(0);
  }
  std::string text;
  char buffer[4096];
  for (ssize_t size; (size = ::read(from, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(size));
  ::close(from);
  ::waitpid(child, nullptr, 0);
  return text;
}

void pause(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

/// A second and a bit of work in ten steps.
void long_work() {
  Progress progress("training", 10, "images");
  for (int i = 1; i <= 10; ++i) {
    pause(130);
    progress.update(i, "best 84.1 %", 100 * i);
  }
}

void short_work() {
  Progress progress("loading", 10, "files");
  for (int i = 1; i <= 10; ++i) progress.update(i);
}

TEST(Progress, ABarOnATerminal) {
  const std::string text = printed(100, long_work);
  EXPECT_NE(text.find("\rtraining: [==="), std::string::npos) << text;
  EXPECT_NE(text.find("images/s"), std::string::npos) << text;
  EXPECT_NE(text.find("to go, best 84.1 %"), std::string::npos) << text;
  EXPECT_NE(text.find("10/10 (100 %)"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(Progress, NoLineIsWiderThanTheTerminal) {
  const std::string text = printed(30, long_work);
  EXPECT_NE(text.find("training: "), std::string::npos) << text;
  size_t start = text.find('\r');
  for (int lines = 0; start != std::string::npos; ++lines) {
    const size_t end = text.find("\x1b[K", start);
    if (end == std::string::npos) break;
    EXPECT_LT(end - start - 1, 30u) << text;
    start = text.find('\r', end);
  }
}

TEST(Progress, PlainLinesElsewhere) {
  const std::string text = printed(0, long_work);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  // The first after a second, the last at the end: ten seconds have not passed between.
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_NE(text.find("training: 10/10 (100 %)"), std::string::npos) << text;
}

TEST(Progress, NothingForWorkUnderASecond) {
  EXPECT_EQ(printed(80, short_work), "");
  EXPECT_EQ(printed(0, short_work), "");
}

TEST(Progress, NothingWhereSilenceIsAskedFor) {
  EXPECT_EQ(printed(80,
                    [] {
                      set_progress_style(ProgressStyle::silent);
                      long_work();
                    }),
            "");
}

/// What was done before a search was gone on with says nothing about its speed.
TEST(Progress, TheRateCountsOnlyWhatThisRunDid) {
  const std::string text = printed(0, [] {
    Progress progress("searching", 1'000'002, "trials");
    progress.update(1'000'000);
    pause(1100);
    progress.update(1'000'001);
  });
  EXPECT_NE(text.find("1000001/1000002"), std::string::npos) << text;
  const size_t rate = text.find("%), ");
  ASSERT_NE(rate, std::string::npos) << text;
  EXPECT_LT(std::stod(text.substr(rate + 4)), 1.0) << text;
}

/// Between two steps that take long, the time to go falls.
TEST(Progress, TheTimeToGoNeverClimbsWhileNothingEnds) {
  const std::string text = printed(100, [] {
    Progress progress("searching", 6, "trials");
    pause(1100);
    for (int i = 0; i < 12; ++i, pause(200)) progress.update(1);
  });
  std::vector<int> shown;
  for (size_t at = 0; (at = text.find(" to go", at)) != std::string::npos; ++at)
    shown.push_back(std::stoi(text.substr(at - 2, 2)));
  ASSERT_GT(shown.size(), 5u) << text;
  EXPECT_TRUE(std::is_sorted(shown.rbegin(), shown.rend())) << text;
  EXPECT_GE(shown.front(), shown.back() + 2) << text;
}

}  // namespace
}  // namespace nasnet::test
