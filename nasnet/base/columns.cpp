#include "nasnet/base/columns.h"

#include <sys/ioctl.h>
#include <wchar.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "nasnet/base/utf8_locale.h"

// Widths come from the C library's tables (wcwidth): Unicode grows, and no table of ours has to
// follow it. Without a UTF-8 locale every character is taken for one column wide.

namespace nasnet {
namespace {

struct Character {
  size_t bytes = 1;
  int columns = 1;
};

/// The character at the beginning of a text that is not empty.
Character first_character(std::string_view text) {
  wchar_t code = 0;
  mbstate_t state{};
  const size_t bytes = ::mbrtowc(&code, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {};  // a zero byte, or no UTF-8
  // Control characters, for which wcwidth gives -1, take no column.
  return {bytes, std::max(0, ::wcwidth(code))};
}

}  // namespace

int display_width(std::string_view text) {
  const Utf8Locale locale;
  int width = 0;
  while (!text.empty()) {
    const Character next = first_character(text);
    width += next.columns;
    text.remove_prefix(next.bytes);
  }
  return width;
}

std::string cut_to_width(std::string_view text, int width) {
  const Utf8Locale locale;
  size_t end = 0;
  while (end < text.size()) {
    const Character next = first_character(text.substr(end));
    width -= next.columns;
    if (width < 0) break;
    end += next.bytes;
  }
  return std::string(text.substr(0, end));
}

std::string padded_right(std::string_view text, int width) {
  return std::string(text) + std::string(std::max(0, width - display_width(text)), ' ');
}

std::string padded_left(std::string_view text, int width) {
  return std::string(std::max(0, width - display_width(text)), ' ') + std::string(text);
}

std::vector<std::string> wrapped(std::string_view text, int width) {
  std::vector<std::string> lines = {""};
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string& line = lines.back();
    // An empty line takes any word: one that is wider than it stands there alone, and is not cut.
    if (line.empty()) {
      line = word;
    } else if (display_width(line) + 1 + display_width(word) <= width) {
      line += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

int terminal_width(int descriptor) {
  int width = INT_MAX;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) width = size.ws_col;
  if (const char* columns = std::getenv("COLUMNS")) {
    // A shell's COLUMNS may be older than the window: it can only make lines shorter.
    const int told = std::atoi(columns);
    if (told > 0) width = std::min(width, told);
  }
  return width == INT_MAX ? 80 : width;
}

}  // namespace nasnet
