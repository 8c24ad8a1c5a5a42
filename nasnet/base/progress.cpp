#include "nasnet/base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace nasnet {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kQuietStart{1};
constexpr milliseconds kRedraw{100};
constexpr seconds kPlainLine{10};
constexpr int kBarWidth = 24;

std::atomic<ProgressStyle> style{ProgressStyle::automatic};

int terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

int character_count(const std::string& text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

/// The first `width` characters; a cut never falls inside a UTF-8 character.
std::string cut(const std::string& text, int width) {
  int seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!continues_character(text[i]) && ++seen > width) return text.substr(0, i);
  }
  return text;
}

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
  std::string text(static_cast<size_t>(filled), '=');
  if (filled < kBarWidth) text += '>';
  text.resize(kBarWidth, ' ');
  return "[" + text + "] ";
}

}  // namespace

void set_progress_style(ProgressStyle value) {
  style = value;
}

Progress::Progress(std::string title, int64_t total, std::string unit)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      start_(steady_clock::now()),
      advanced_(start_),
      drawn_(start_),
      terminal_(isatty(STDERR_FILENO) == 1) {}

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
    if (now - start_ < kRedraw) {
      first_done_ = done_;
      first_rate_count_ = rate_count_;
    }
  }
  if (finished_ || style == ProgressStyle::silent) return;
  if (note_ != note) note_ = note;
  const auto pause = !shown_     ? steady_clock::duration(kQuietStart)
                     : terminal_ ? steady_clock::duration(kRedraw)
                                 : steady_clock::duration(kPlainLine);
  if (now - drawn_ < pause) return;
  drawn_ = now;
  draw(false);
}

void Progress::say(const std::string& line) {
  if (style == ProgressStyle::silent) return;
  const bool redraws = terminal_ && shown_ && !finished_;
  fputs(fmt::format("{}{}\n", redraws ? "\r\x1b[K" : "", line).c_str(), stderr);
  if (redraws) draw(false);
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  if (shown_ && style != ProgressStyle::silent) draw(true);
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
  // The bar is the first thing to give way on a narrow terminal, the end of the line the next.
  const int fixed = character_count(line) + character_count(tail);
  if (terminal_ && total_ > 0 && fixed + kBarWidth + 3 <= width) line += bar(share);
  line += tail;
  return terminal_ ? cut(line, width) : line;
}

void Progress::draw(bool last) {
  shown_ = true;
  // One character less than the width: a full last column makes some terminals wrap.
  const std::string line = text(terminal_ ? terminal_width() - 1 : 0);
  const std::string out = terminal_ ? "\r" + line + "\x1b[K" + (last ? "\n" : "") : line + "\n";
  fputs(out.c_str(), stderr);
  fflush(stderr);
}

}  // namespace nasnet
