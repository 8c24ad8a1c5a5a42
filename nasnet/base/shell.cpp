#include "nasnet/base/shell.h"

#include <fmt/format.h>

#include <algorithm>

// Commands that are printed for the user to copy must do what they say, whatever bytes a file's
// name has: words are quoted by the weakest form that keeps them whole.

namespace nasnet {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Characters that mean nothing to a shell, wherever they stand in a word. A locale may take other
/// bytes than ASCII's for blanks.
bool is_plain(char c) {
  constexpr std::string_view kPlain = "_-./:,+@%";
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || kPlain.find(c) != std::string_view::npos;
}

/// $'...': the one form that writes a control character without being one.
std::string escaped(std::string_view word) {
  std::string text = "$'";
  for (const char c : word) {
    if (is_control(c)) {
      text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + "'";
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
  if (std::any_of(word.begin(), word.end(), is_control)) return escaped(word);
  // Within '...' nothing is special but the quote itself, which is closed, escaped and opened
  // again.
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string as_argument(const std::string& path) {
  // A name that begins with a dash would be read as a flag.
  return path.starts_with('-') ? "./" + path : path;
}

}  // namespace nasnet
