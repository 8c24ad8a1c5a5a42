#include "nasnet/base/progress.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <stdlib.h>
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

/// Standard error of `work` on a terminal of this width, or into a pipe for width 0.
std::string printed(int width, const std::function<void()>& work,
                    ProgressStyle style = ProgressStyle::automatic) {
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
    ::setenv("TERM", "xterm", 0);
    ::unsetenv("COLUMNS");
    set_progress_style(style);
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

/// The terminal's lines after all of `text`, as a person sees them; a line that is full goes on in
/// the next one.
std::vector<std::string> screen(const std::string& text, size_t width) {
  std::vector<std::string> lines = {""};
  size_t column = 0;
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
      column = 0;  // the terminal driver has sent \r too
    } else if (c == '\r') {
      column = 0;
    } else {
      if (column == width) {
        lines.emplace_back();
        column = 0;
      }
      if (lines.back().size() <= column) lines.back().resize(column + 1, ' ');
      lines.back()[column++] = c;
    }
  }
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

TEST(Progress, IsOneLineHoweverNarrowTheTerminal) {
  for (const int width : {30, 12, 5}) {
    const std::vector<std::string> lines = screen(printed(width, long_work), width);
    ASSERT_EQ(lines.size(), 2u) << width;
    EXPECT_EQ(lines[0].substr(0, 24),
              std::string("training: 10/10 (100 %), ").substr(0, std::min(width - 1, 24)));
    EXPECT_EQ(lines[1], "");
  }
}

TEST(Progress, WhatIsPrintedMeanwhileStandsInLinesOfItsOwn) {
  const auto work = [] {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    Progress progress("training", 10, "images");
    for (int i = 1; i <= 10; ++i) {
      pause(130);
      progress.update(i);
      if (i == 9) {
        print_line("epoch 1");
        warn("a file was skipped");
        progress.say("Alarm");
      }
    }
  };
  const std::vector<std::string> lines = screen(printed(60, work), 60);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "epoch 1");
  EXPECT_EQ(lines[1], "nasnet: a file was skipped");
  EXPECT_EQ(lines[2], "Alarm");
  EXPECT_TRUE(lines[3].starts_with("training: 10/10 (100 %)")) << lines[3];
  EXPECT_EQ(lines[4], "");
}

TEST(Progress, NoTerminalGetsAnEscapeSequence) {
  EXPECT_EQ(printed(80, long_work).find('\x1b'), std::string::npos);
}

TEST(Progress, ADumbTerminalGetsPlainLines) {
  const std::string text = printed(80, [] {
    ::setenv("TERM", "dumb", 1);
    long_work();
  });
  EXPECT_EQ(text.find("\r\n"), text.find('\r')) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
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
  EXPECT_EQ(printed(80, long_work, ProgressStyle::silent), "");
}

/// Trials from before a search was resumed say nothing about its speed.
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
