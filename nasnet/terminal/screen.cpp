#include "nasnet/terminal/screen.h"

// Names such as `timeout` and `move` as functions, not as macros.
#define NCURSES_NOMACROS
#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "nasnet/base/error.h"

namespace nasnet::terminal {
namespace {

constexpr std::array kFaults = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/// All that a process which dies of a fault needs to give the terminal back: a handler may call
/// nothing of ncurses.
struct Rescue {
  termios before{};
  std::array<char, 256> bytes{};
  size_t size = 0;
  bool armed = false;

  void add(const char* capability) {
    const char* text = ::tigetstr(capability);
    if (!text || text == reinterpret_cast<const char*>(-1)) return;
    const size_t length = std::strlen(text);
    if (size + length > bytes.size()) return;
    std::memcpy(bytes.data() + size, text, length);
    size += length;
  }
};
Rescue rescue;

void on_fault(int number) {
  if (rescue.armed) {
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, rescue.bytes.data(), rescue.size);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &rescue.before);
  }
  // The handler stands for one signal only (SA_RESETHAND): the fault ends the process now.
  ::raise(number);
}

void arm() {
  // Attributes off, the cursor seen, keys as they were, the screen that was there before.
  rescue.size = 0;
  for (const char* capability : {"sgr0", "cnorm", "rmkx", "rmcup"}) rescue.add(capability);
  rescue.armed = true;
  struct sigaction action {};
  action.sa_handler = on_fault;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : kFaults) ::sigaction(number, &action, nullptr);
}

void disarm() {
  rescue.armed = false;
  for (const int number : kFaults) ::signal(number, SIG_DFL);
}

/// See no-color.org.
bool wants_colours() {
  const char* none = std::getenv("NO_COLOR");
  return (!none || *none == '\0') && has_colors();
}

enum Pair : short { kSearchPair = 1, kRandomPair, kBadPair };

attr_t attributes_of(Style style, bool colours) {
  switch (style) {
    case Style::kPlain:
      return A_NORMAL;
    case Style::kStrong:
      return A_BOLD;
    case Style::kFaint:
      return A_DIM;
    case Style::kSearch:
      return colours ? COLOR_PAIR(kSearchPair) : A_NORMAL;
    case Style::kRandom:
      return colours ? COLOR_PAIR(kRandomPair) : A_NORMAL;
    case Style::kBad:
      return colours ? COLOR_PAIR(kBadPair) : A_BOLD;
  }
  return A_NORMAL;
}

}  // namespace

Screen::Screen() : unicode_(has_utf8_locale()) {
  // ncurses takes the width of characters from the locale. Numbers stay as they are.
  setlocale(LC_CTYPE, "");
  ::tcgetattr(STDIN_FILENO, &rescue.before);
  // They would hide a change of size.
  ::unsetenv("COLUMNS");
  ::unsetenv("LINES");
  if (!newterm(nullptr, stdout, stdin))
    throw SystemError("the terminal is of a kind that is not known here; set TERM, or --once");
  def_prog_mode();
  cbreak();
  noecho();
  keypad(stdscr, TRUE);
  curs_set(0);
  if (wants_colours()) {
    start_color();
    use_default_colors();
    init_pair(kSearchPair, COLOR_CYAN, -1);
    init_pair(kRandomPair, COLOR_YELLOW, -1);
    init_pair(kBadPair, COLOR_RED, -1);
  }
  arm();
}

Screen::~Screen() {
  endwin();
  disarm();
}

Area Screen::area() const {
  return {std::max(1, getmaxx(stdscr)), std::max(1, getmaxy(stdscr)), unicode_};
}

void Screen::show(const std::vector<Line>& lines) {
  const bool colours = wants_colours();
  const Area now = area();
  erase();
  for (int row = 0; row < std::min(now.rows, static_cast<int>(lines.size())); ++row) {
    move(row, 0);
    for (const Span& span : fitted(lines[static_cast<size_t>(row)], now.columns)) {
      attrset(static_cast<int>(attributes_of(span.style, colours)));
      addstr(span.text.c_str());
    }
  }
  attrset(A_NORMAL);
  refresh();
}

Screen::Event Screen::wait(std::chrono::milliseconds most) {
  timeout(static_cast<int>(most.count()));
  const int key = getch();
  if (key == KEY_RESIZE) return Event::kResize;
  if (key == 'q' || key == 'Q' || key == 4) return Event::kLeave;  // 4: Ctrl-D
  // A terminal that is gone answers at once, again and again.
  if (key == ERR && ::isatty(STDIN_FILENO) != 1) return Event::kLeave;
  return Event::kNone;
}

bool can_draw() {
  const char* terminal = std::getenv("TERM");
  if (!terminal || *terminal == '\0' || std::string_view(terminal) == "dumb") return false;
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace nasnet::terminal
