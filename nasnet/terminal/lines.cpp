#include "nasnet/terminal/lines.h"

#include <langinfo.h>
#include <locale.h>

#include "nasnet/base/columns.h"
#include "nasnet/base/names.h"

namespace nasnet::terminal {

std::string shown(std::string_view text, bool unicode) {
  std::string safe = printable(text);
  if (unicode) return safe;
  std::string ascii;
  for (const char c : safe) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) ascii += c;
    if (byte >= 0xC0) ascii += '?';  // the first byte of a character of several
  }
  return ascii;
}

Line fitted(const Line& line, int columns) {
  int width = 0;
  for (const Span& span : line) width += display_width(span.text);
  if (width <= columns) return line;
  Line cut;
  int left = columns - 1;
  for (const Span& span : line) {
    if (left <= 0) break;
    cut.push_back({cut_to_width(span.text, left), span.style});
    left -= display_width(cut.back().text);
    if (cut.back().text.size() < span.text.size()) break;
  }
  if (columns > 0) cut.push_back({"~", Style::kFaint});
  return cut;
}

std::string plain(const Line& line) {
  std::string text;
  for (const Span& span : line) text += span.text;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

bool has_utf8_locale() {
  const locale_t own = newlocale(LC_CTYPE_MASK, "", nullptr);
  if (!own) return false;
  const std::string codes = nl_langinfo_l(CODESET, own);
  freelocale(own);
  return codes == "UTF-8";
}

}  // namespace nasnet::terminal
