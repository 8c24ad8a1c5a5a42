#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nasnet {

/// How progress is shown; the library's default is silence. Everything goes to standard error, so
/// that standard output holds results only.
enum class ProgressStyle {
  silent,     ///< nothing (--quiet, --json)
  automatic,  ///< a moving bar on a terminal, plain lines elsewhere
};

void set_progress_style(ProgressStyle style);

/// Flushes standard output. Throws SystemError where that fails: a full disk, a pipe whose reader
/// is gone.
void flush_output();

/// Prints a line of results to standard output while a Progress may be shown: the progress line is
/// cleared before and redrawn after. Throws SystemError as flush_output() does.
void print_line(const std::string& line);
/// Prints a warning, "nasnet: ...", to standard error in any style, and the work continues.
void warn(const std::string& message);

/// One line of progress for an operation that takes longer than a second: share done, rate, time
/// to go, and a note ("best 84.1 %"). On a terminal the line is redrawn in place, at most ten times
/// a second, without any escape sequence; elsewhere, and on a terminal that can do no more than
/// print (TERM=dumb), a plain line is printed every ten seconds at most, and every minute after the
/// first two. Cheap to call often.
class Progress {
 public:
  /// `unit` names what is counted, for the rate: "images" prints as "312 images/s".
  Progress(std::string title, int64_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Sets the share to `done` of `total`. `rate_count`: the counter that the rate is taken of,
  /// where it is not `done` (trials are done, the rate is of images); -1 for `done`. Work that the
  /// first call reports (of a resumed search) counts for the share but not for the rate.
  void update(int64_t done, const std::string& note = "", int64_t rate_count = -1);
  /// Prints a line of its own that stays, to standard error; nothing in the silent style.
  void say(const std::string& line);
  /// Prints the last state and ends the line; nothing where nothing was shown yet.
  void finish();

 private:
  void draw();
  std::string text(int width) const;
  double rate() const;
  double seconds_to_go() const;

  std::string title_, unit_, note_;
  int64_t total_, done_ = 0, rate_count_ = 0;
  int64_t first_done_ = 0, first_rate_count_ = 0;
  std::chrono::steady_clock::time_point start_, advanced_, drawn_;
  bool in_place_, updated_ = false, shown_ = false, finished_ = false;
};

}  // namespace nasnet
