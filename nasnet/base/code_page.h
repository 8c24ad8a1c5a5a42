#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The code page of names in a zip that does not tell: "CP932" (Windows' Shift-JIS) where all of
/// them read as Japanese, else "CP437", which the format's specification names (APPNOTE D.1). All
/// names of an archive are looked at together: one by itself can mean either.
std::string guess_code_page(const std::vector<std::string>& names);

/// UTF-8 of a name in the code page, or "" where it is none of its texts.
std::string from_code_page(std::string_view name, const std::string& page);

bool is_utf8(std::string_view text);

/// UTF-8 of a text in Windows-1252, as browsers define it: every byte is a character.
std::string from_windows_1252(std::string_view text);

}  // namespace nasnet
