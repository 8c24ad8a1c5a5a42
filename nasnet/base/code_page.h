#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// That of zips, as the format's specification has it (APPNOTE D.1).
inline constexpr const char* kDefaultCodePage = "CP437";

/// The code page of names in a zip that does not tell: "CP932" (Windows' Shift-JIS), "CP866",
/// "CP949" or "CP936" where all of them read as Japanese, Russian, Korean or Chinese, else
/// kDefaultCodePage. All names of an archive are looked at
/// together: one by itself can mean several things.
std::string guess_code_page(const std::vector<std::string>& names);

/// UTF-8 of a name in the code page, or "" where it is none of its texts.
std::string from_code_page(std::string_view name, const std::string& page);

bool is_utf8(std::string_view text);

/// UTF-8 of a text in Windows-1252, as browsers define it: every byte is a character.
std::string from_windows_1252(std::string_view text);

}  // namespace nasnet
