#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The columns of a terminal that a UTF-8 text takes: two for most Chinese, Japanese and Korean
/// characters and for emoji, none for combining ones. A byte that is no UTF-8 takes one.
int display_width(std::string_view text);

/// The longest beginning of the text that fits into `width` columns, in whole characters.
std::string cut_to_width(std::string_view text, int width);

/// The text with blanks after it, or before it, up to `width` columns: a cell of a table.
std::string padded_right(std::string_view text, int width);
std::string padded_left(std::string_view text, int width);

/// The text in lines of at most `width` columns, broken at blanks; a longer word stands alone.
std::vector<std::string> wrapped(std::string_view text, int width);

/// Columns of the terminal behind this descriptor; COLUMNS where that is less or there is no
/// terminal; else 80.
int terminal_width(int descriptor);

}  // namespace nasnet
