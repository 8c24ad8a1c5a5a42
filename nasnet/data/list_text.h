#pragma once

#include <string>
#include <string_view>

namespace nasnet::data {

/// The text of a list in UTF-8, without a byte-order mark, its lines ended by \n or \r\n.
struct ListText {
  std::string text;
  bool guessed = false;  ///< it is neither UTF-8 nor UTF-16 and was taken for Windows-1252
};

/// Reads the bytes of a list as programs save it: in UTF-8; in UTF-16, as Excel's "Unicode text";
/// else in Windows-1252, as Excel's CSV where that is the system's code page.
ListText decode_list(std::string_view bytes);

/// "labels.csv is no UTF-8: it was read as Windows-1252".
std::string guess_note(const std::string& list);

/// Without blanks around it, no-break spaces too.
std::string_view strip_blanks(std::string_view text);

/// A name in a list as a file or folder of that name would be called: printable(), unless it is
/// printed already, and composed(), by strip_blanks().
std::string listed_name(std::string_view field);

/// The same for names that mean the same: of whichever of Unicode's two forms, stored in UTF-8 or
/// (then it is printed as bytes) in Windows-1252.
std::string common_form(const std::string& name);

}  // namespace nasnet::data
