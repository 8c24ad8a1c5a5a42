#pragma once

#include <chrono>
#include <vector>

#include "nasnet/terminal/lines.h"

namespace nasnet::terminal {

/// The whole terminal, through ncurses: it is this object's as long as that lives, and then as it
/// was before, also where the process is ended by a fault (SIGSEGV, SIGABRT and their like). There
/// is one at a time, for one thread.
class Screen {
 public:
  /// Throws SystemError where terminfo does not know the terminal.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;

  /// As the terminal is now.
  Area area() const;
  /// Replaces the picture; what does not fit is cut off.
  void show(const std::vector<Line>& lines);

  enum class Event { kNone, kResize, kLeave };
  /// Waits for the terminal at most so long. kLeave: q was typed, or the terminal is gone.
  Event wait(std::chrono::milliseconds most);

 private:
  bool unicode_;
};

/// True if the user sits before a terminal that can be drawn on: both of standard input and output
/// are one, and TERM is not dumb.
bool can_draw();

}  // namespace nasnet::terminal
