#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The code page of names in zips by their specification (APPNOTE D.1).
inline constexpr const char* kDefaultCodePage = "CP437";

/// The code page of names in a zip that does not tell: "CP932" (Windows' Shift-JIS), "CP866",
/// "CP949" or "CP936" where all of them read as Japanese, Russian, Korean or Chinese, else
/// kDefaultCodePage. Takes all names of an archive: one by itself is ambiguous.
std::string guess_code_page(const std::vector<std::string>& names);

/// UTF-8 of a name in the code page, or "" where its bytes are invalid there.
std::string from_code_page(std::string_view name, const std::string& page);

bool is_utf8(std::string_view text);

/// UTF-8 of a text in Windows-1252, as browsers define it: every byte is a character.
std::string from_windows_1252(std::string_view text);

}  // namespace nasnet
