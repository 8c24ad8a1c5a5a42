#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The columns of a terminal that a UTF-8 text takes: two for most Chinese, Japanese and Korean
/// characters and for emoji, none for combining ones. A byte that is no UTF-8 takes one.
int display_width(std::string_view text);

/// The longest beginning of the text that takes at most `width` columns, in whole characters.
std::string cut_to_width(std::string_view text, int width);

/// The text with blanks after it (padded_right), or before it (padded_left), up to `width` columns:
/// a cell of a table. A text that is wider stays as it is.
std::string padded_right(std::string_view text, int width);
std::string padded_left(std::string_view text, int width);

/// The text in lines of at most `width` columns, broken at blanks; a longer word stands alone.
std::vector<std::string> wrapped(std::string_view text, int width);

/// The columns of the terminal that this file descriptor (1, 2) writes to. The environment variable
/// COLUMNS replaces it where it is less, or where there is no terminal; 80 where neither is known.
int terminal_width(int descriptor);

}  // namespace nasnet
