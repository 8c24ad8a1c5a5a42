#include "nasnet/data/png_text.h"

#include <zlib.h>

#include <algorithm>

// Texts within PNG, as far as they may tell a picture's orientation. libpng is not asked for them:
// it would unpack every text, and gives those behind the pixels only once these are decoded.

namespace nasnet::data {
namespace {

/// Bounds what a packed text may unpack to.
constexpr size_t kMostText = size_t{1} << 20;

/// "" where the text is damaged or unpacks to more than kMostText.
std::string unpacked(std::string_view packed) {
  std::string text(kMostText, '\0');
  uLongf size = text.size();
  const auto* bytes = reinterpret_cast<const Bytef*>(packed.data());
  if (uncompress(reinterpret_cast<Bytef*>(text.data()), &size, bytes, packed.size()) != Z_OK)
    return "";
  text.resize(size);
  return text;
}

/// Takes what stands before the next zero off the text, and the zero.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find('\0'));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

/// Of a hexadecimal digit in either case, else -1.
int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string png_text(std::string_view name, std::string_view content, std::string_view key) {
  if ((name != "tEXt" && name != "zTXt" && name != "iTXt") || take_word(content) != key) return "";
  if (name == "tEXt") return std::string(content.substr(0, kMostText));
  bool packed = true;
  if (name == "iTXt") {
    packed = !content.empty() && content[0] != 0;
    content.remove_prefix(std::min<size_t>(content.size(), 1));
  }
  if (content.empty() || content[0] != 0) return "";  // another method than zlib's
  content.remove_prefix(1);
  if (name == "iTXt") {
    take_word(content);  // the language
    take_word(content);  // the keyword in it
  }
  return packed ? unpacked(content) : std::string(content.substr(0, kMostText));
}

std::string raw_profile(std::string_view text) {
  // An empty line, the profile's name and its number of bytes.
  for (int line = 0; line < 3; ++line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) continue;
    if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

}  // namespace nasnet::data
