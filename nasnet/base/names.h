#pragma once

#include <string>
#include <string_view>

namespace nasnet {

/// A file's name as text that any terminal, JSON, SVG and database can hold. Names are bytes;
/// those that are no UTF-8, and control characters, become \xHH (upper-case hexadecimal), and a
/// backslash that would read as such an escape becomes \x5C. Other characters stay. No two names
/// give the same text; from_printable() is the inverse.
std::string printable(std::string_view name);

/// The name that printable() made this text of.
std::string from_printable(std::string_view text);

/// Unicode's composed form (NFC): macOS writes an umlaut as two characters where others write one.
/// Bytes that are no UTF-8 stay as they are.
std::string composed(std::string_view text);

/// The same without the difference between upper and lower case, by Unicode's folding.
std::string case_folded(std::string_view text);

}  // namespace nasnet
