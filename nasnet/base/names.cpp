#include "nasnet/base/names.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <memory>
#include <optional>

// Names of files as text and back, one to one. On Linux a name is any bytes but "/" and 0, while
// JSON, SVG, databases and terminals take UTF-8 without control characters.

namespace nasnet {
namespace {

struct CodePoint {
  utf8proc_int32_t code = -1;  ///< -1: the first byte is no part of UTF-8
  size_t size = 1;
};

/// Of a text that is not empty.
CodePoint first_of(std::string_view text) {
  CodePoint found;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &found.code);
  if (size <= 0) return {};
  found.size = size;
  return found;
}

/// That one line of a terminal or an XML document cannot hold it.
bool is_unprintable(utf8proc_int32_t code) {
  const auto category = utf8proc_category(code);
  return code < 0 || category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP || (code & 0xFFFE) == 0xFFFE;
}

/// -1 for what is no digit; lower case is none, as printable() writes upper case only.
int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The byte that \xHH at the beginning of the text stands for.
std::optional<char> escaped_byte(std::string_view text) {
  if (text.size() < 4 || !text.starts_with("\\x")) return std::nullopt;
  const int high = hexadecimal(text[2]), low = hexadecimal(text[3]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

/// As it is where it is no UTF-8.
std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* made = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &made,
                                 static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, std::free);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(made), static_cast<size_t>(size)};
}

}  // namespace

std::string printable(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const CodePoint character = first_of(name);
    const std::string_view bytes = name.substr(0, character.size);
    // A name that holds "\x41" itself is escaped too: otherwise it and "A" would be one text.
    if (is_unprintable(character.code) || escaped_byte(name)) {
      for (const unsigned char byte : bytes) text += fmt::format("\\x{:02X}", byte);
    } else {
      text += bytes;
    }
    name.remove_prefix(character.size);
  }
  return text;
}

std::string from_printable(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const std::optional<char> byte = escaped_byte(text);
    name += byte.value_or(text[0]);
    text.remove_prefix(byte ? 4 : 1);
  }
  return name;
}

std::string composed(std::string_view text) {
  return mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::string case_folded(std::string_view text) {
  return mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

}  // namespace nasnet
