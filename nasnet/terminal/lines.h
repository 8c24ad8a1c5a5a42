#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet::terminal {

/// How a piece of text stands out, where the terminal can show that.
enum class Style {
  kPlain,
  kStrong,
  kFaint,
  kSearch,  ///< of the strategy's arm
  kRandom,  ///< of the random arm
  kBad,     ///< of failures and alarms
};

struct Span {
  std::string text;
  Style style = Style::kPlain;
  bool operator==(const Span&) const = default;
};
using Line = std::vector<Span>;

/// The characters there are: `unicode` where the user's locale is UTF-8.
struct Area {
  int columns = 80, rows = 24;
  bool unicode = true;
};

/// Text of others (names, messages) as any terminal can hold it: no control characters, and
/// without `unicode` a question mark for each character beyond ASCII.
std::string shown(std::string_view text, bool unicode);

/// The line in at most `columns` columns; what is cut off ends in "~".
Line fitted(const Line& line, int columns);

/// The text alone, without blanks at the end.
std::string plain(const Line& line);

/// True if the user's locale (LC_ALL, LC_CTYPE, LANG) is one of UTF-8.
bool has_utf8_locale();

}  // namespace nasnet::terminal
