#include "nasnet/data/list_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/code_page.h"
#include "nasnet/base/names.h"

// Bytes of lists become UTF-8: by their mark, by the zeros of UTF-16, by being UTF-8, and else by
// the guess of Windows-1252, which takes any bytes and is therefore last.

namespace nasnet::data {
namespace {

/// "UTF-16LE" or "UTF-16BE" where a mark, or else a zero byte in the first letter, says so.
std::string utf16_kind(std::string_view bytes) {
  const std::string_view first = bytes.substr(0, 2);
  if (first.size() < 2 || bytes.size() % 2 != 0) return "";
  if (first == "\xFF\xFE" || (first[0] != 0 && first[1] == 0)) return "UTF-16LE";
  if (first == "\xFE\xFF" || (first[0] == 0 && first[1] != 0)) return "UTF-16BE";
  return "";
}

/// UTF-8's byte-order mark, and U+00A0.
constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

/// Takes one blank off each end; also such as web pages and tables have between words.
bool strip_blank(std::string_view& text) {
  for (const std::string_view blank :
       {std::string_view(" "), std::string_view("\t"), kNoBreakSpace}) {
    const bool first = text.starts_with(blank);
    if (first) text.remove_prefix(blank.size());
    const bool last = text.ends_with(blank);
    if (last) text.remove_suffix(blank.size());
    if (first || last) return true;
  }
  return false;
}

}  // namespace

ListText decode_list(std::string_view bytes) {
  ListText list;
  if (const std::string kind = utf16_kind(bytes); !kind.empty())
    list.text = from_code_page(bytes, kind);
  // Also what looked like UTF-16 and is not.
  if (list.text.empty()) {
    list.guessed = !is_utf8(bytes);
    list.text = list.guessed ? from_windows_1252(bytes) : std::string(bytes);
  }
  if (list.text.starts_with(kMark)) list.text.erase(0, kMark.size());
  if (list.text.find('\n') == std::string::npos)  // as Excel on a Mac
    std::replace(list.text.begin(), list.text.end(), '\r', '\n');
  return list;
}

std::string guess_note(const std::string& list) {
  return fmt::format("{} is no UTF-8: it was read as Windows-1252", list);
}

std::string_view strip_blanks(std::string_view text) {
  while (strip_blank(text)) {
  }
  return text;
}

std::string listed_name(std::string_view field) {
  return composed(printable(from_printable(strip_blanks(field))));
}

std::string common_form(const std::string& name) {
  // Most names are plain ASCII, which has one form only.
  if (std::all_of(name.begin(), name.end(), [](char c) { return c > 0 && c != '\\'; })) return name;
  const std::string stored = from_printable(name);
  return composed(is_utf8(stored) ? stored : from_windows_1252(stored));
}

}  // namespace nasnet::data
