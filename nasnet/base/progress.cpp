#include "nasnet/base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>

#include "nasnet/base/columns.h"
#include "nasnet/base/error.h"

// One line that is drawn over itself on a terminal, or plain lines now and then in a log. All that
// is printed in between goes through BottomLine, so that no text lands in the middle of the line.

namespace nasnet {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Work that is done within it shows no line at all.
constexpr seconds kQuietStart{1};
/// Between two lines: in place, and in a log, which keeps each of them; later in the log, as logs
/// of days are read, too.
constexpr milliseconds kRedraw{100};
constexpr seconds kPlainLine{10}, kLaterPlainLine{60};
constexpr seconds kLater{120};
/// Characters between the bar's brackets.
constexpr int kBarWidth = 24;

std::atomic<ProgressStyle> style{ProgressStyle::silent};

/// True if standard error shows a line that can be redrawn by a return to its beginning.
bool can_redraw() {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal && std::string_view(terminal) == "dumb";
  return !dumb && ::isatty(STDERR_FILENO) == 1;
}

/// One column less than the terminal has: a full last one makes some of them wrap.
int usable_width() {
  return terminal_width(STDERR_FILENO) - 1;
}

/// The line of progress at the bottom of the terminal, of which there is one whoever draws it.
class BottomLine {
 public:
  static BottomLine& get() {
    static BottomLine line;
    return line;
  }
  /// Blanks take away what a longer line before it leaves: every terminal knows them.
  void show(const std::string& line) {
    const std::lock_guard lock(mutex_);
    write(stderr, "\r" + padded_right(line, std::min(shown_, usable_width())));
    shown_ = display_width(line);
    line_ = line;
  }
  /// It stays above all that comes.
  void keep() {
    const std::lock_guard lock(mutex_);
    if (shown_ > 0) write(stderr, "\n");
    shown_ = 0;
  }
  /// Prints a line above it.
  void print_above(FILE* stream, const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (shown_ > 0) write(stderr, "\r" + padded_right("", std::min(shown_, usable_width())) + "\r");
    write(stream, line + "\n");
    if (shown_ > 0) write(stderr, line_);
  }

 private:
  static void write(FILE* stream, const std::string& text) {
    std::fputs(text.c_str(), stream);
    std::fflush(stream);
  }

  std::mutex mutex_;
  std::string line_;
  int shown_ = 0;  // columns; 0 where there is none
};

std::string duration_text(double value) {
  const auto total = static_cast<int64_t>(std::min(value, 1e9) + 0.5);
  const int64_t hours = total / 3600, minutes = total / 60 % 60, rest = total % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, rest);
  return fmt::format("{}:{:02}", minutes, rest);
}

std::string rate_text(double rate) {
  if (rate >= 100) return fmt::format("{:.0f}", rate);
  if (rate >= 10) return fmt::format("{:.1f}", rate);
  return fmt::format("{:.2f}", rate);
}

std::string bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth);
  std::string text(filled, '=');
  if (filled < kBarWidth) text += '>';
  text.resize(kBarWidth, ' ');
  return "[" + text + "] ";
}

}  // namespace

void set_progress_style(ProgressStyle value) {
  style = value;
}

void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw SystemError(fmt::format("cannot write the output: {}", strerror(errno)));
}

void print_line(const std::string& line) {
  BottomLine::get().print_above(stdout, line);
  flush_output();
}

void warn(const std::string& message) {
  BottomLine::get().print_above(stderr, "nasnet: " + message);
}

Progress::Progress(std::string title, int64_t total, std::string unit)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      start_(steady_clock::now()),
      advanced_(start_),
      drawn_(start_),
      in_place_(can_redraw()) {}

Progress::~Progress() {
  finish();
}

void Progress::update(int64_t done, const std::string& note, int64_t rate_count) {
  const auto now = steady_clock::now();
  if (done > done_) advanced_ = now;
  done_ = done;
  rate_count_ = rate_count < 0 ? done : rate_count;
  if (!updated_) {
    updated_ = true;
    // Progress that is reported at once was made by an earlier run: rate and time to go leave it
    // out. A first report that comes later is this run's own work.
    if (now - start_ < kRedraw) {
      first_done_ = done_;
      first_rate_count_ = rate_count_;
    }
  }
  if (finished_ || style == ProgressStyle::silent) return;
  // Compared first: this is called at each step, and most notes stay.
  if (note_ != note) note_ = note;
  const auto pause = !shown_                 ? steady_clock::duration(kQuietStart)
                     : in_place_             ? steady_clock::duration(kRedraw)
                     : now - start_ < kLater ? steady_clock::duration(kPlainLine)
                                             : steady_clock::duration(kLaterPlainLine);
  if (now - drawn_ < pause) return;
  drawn_ = now;
  draw();
}

void Progress::say(const std::string& line) {
  if (style == ProgressStyle::silent) return;
  BottomLine::get().print_above(stderr, line);
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  if (!shown_ || style == ProgressStyle::silent) return;
  draw();
  if (in_place_) BottomLine::get().keep();
}

double Progress::rate() const {
  const double elapsed = duration<double>(steady_clock::now() - start_).count();
  return elapsed > 0 ? static_cast<double>(rate_count_ - first_rate_count_) / elapsed : 0;
}

/// By the pace until the last step: where steps are long, the time to go falls between them.
double Progress::seconds_to_go() const {
  const double steps = static_cast<double>(done_ - first_done_);
  const double taken = duration<double>(advanced_ - start_).count();
  const double since = duration<double>(steady_clock::now() - advanced_).count();
  return std::max(0.0, static_cast<double>(total_ - done_) * taken / steps - since);
}

std::string Progress::text(int width) const {
  const double share =
      total_ > 0 ? std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0)
                 : 0;
  std::string tail;
  if (total_ > 0) {
    tail += fmt::format("{}/{} ({:.0f} %)", done_, total_, 100 * share);
  } else {
    tail += fmt::format("{}", done_);
  }
  const double speed = rate();
  if (speed > 0) tail += fmt::format(", {} {}/s", rate_text(speed), unit_);
  if (finished_) {
    tail += ", took " + duration_text(duration<double>(steady_clock::now() - start_).count());
  } else if (done_ > first_done_ && total_ > done_) {
    tail += ", " + duration_text(seconds_to_go()) + " to go";
  }
  if (!note_.empty()) tail += ", " + note_;
  std::string line = title_ + ": ";
  if (!in_place_) return line + tail;
  // The bar is the first thing to give way on a narrow terminal, the end of the line the next.
  const int fixed = display_width(line) + display_width(tail);
  if (total_ > 0 && fixed + kBarWidth + 3 <= width) line += bar(share);
  return cut_to_width(line + tail, width);
}

void Progress::draw() {
  shown_ = true;
  if (in_place_) {
    BottomLine::get().show(text(usable_width()));
  } else {
    BottomLine::get().print_above(stderr, text(0));
  }
}

}  // namespace nasnet
