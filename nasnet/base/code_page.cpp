#include "nasnet/base/code_page.h"

#include <iconv.h>
#include <utf8proc.h>

#include <algorithm>
#include <cctype>
#include <set>

// Zips made before UTF-8 was common do not say how their names are written. The guess goes by what
// names of a language look like in bytes, all names of an archive together, as one alone fits
// several.

namespace nasnet {
namespace {

struct Evidence {
  int japanese = 0;  ///< kana, and kanji of two bytes beyond ASCII
  int latin = 0;     ///< letters of ASCII beside them, as in a European word with an accent
  bool broken = false;
};

/// The first byte of a character of two in code page 932 (Shift-JIS).
bool is_lead(unsigned char c) {
  return (c >= 0x81 && c <= 0x9F) || (c >= 0xE0 && c <= 0xFC);
}

/// In Japanese names kana and kanji stand together; in European ones an accented letter, which the
/// same bytes can be, stands among letters of ASCII.
void look(std::string_view name, Evidence& evidence) {
  bool after_letter = false, after_japanese = false;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto first = static_cast<unsigned char>(name[i]);
    if (first < 0x80) {
      after_letter = std::isalpha(first) != 0;
      evidence.latin += after_letter && after_japanese;
      after_japanese = false;
      continue;
    }
    const auto second = static_cast<unsigned char>(i + 1 < name.size() ? name[i + 1] : 0);
    // Kana of half width, one byte each, are nearly extinct; Chinese and Korean bytes look so.
    if (!is_lead(first) || second < 0x40 || second == 0x7F || second > 0xFC) {
      evidence.broken = true;
      return;
    }
    // Hiragana and katakana of full width; kanji from 0x88 on, of which those with a second byte of
    // ASCII's range prove nothing.
    const bool kana = (first == 0x82 && second >= 0x9F) || (first == 0x83 && second <= 0x96);
    evidence.japanese += kana || (first >= 0x88 && second >= 0x80);
    evidence.latin += after_letter;
    after_letter = false;
    after_japanese = true;
    ++i;
  }
}

/// One sign of a European word, or one name that is invalid, speaks against all.
bool read_as_japanese(const std::vector<std::string>& names) {
  Evidence evidence;
  for (const std::string& name : names) {
    look(name, evidence);
    if (evidence.broken || from_code_page(name, "CP932").empty()) return false;
  }
  return evidence.japanese > 0 && evidence.latin == 0;
}

/// Calls visit(run) for each run of bytes beyond ASCII.
template <class Visit>
void for_runs(const std::vector<std::string>& names, const Visit& visit) {
  for (const std::string& name : names)
    for (size_t begin = 0, end = 0; begin < name.size(); begin = end + 1) {
      for (end = begin; end < name.size() && static_cast<unsigned char>(name[end]) >= 0x80;) ++end;
      if (end > begin) visit(std::string_view(name).substr(begin, end - begin));
    }
}

/// Words all of Cyrillic letters where code page 437 would have marks and Greek among its accented
/// letters, or three of these in a row.
bool read_as_cyrillic(const std::vector<std::string>& names) {
  bool letters = true, western = true;
  for_runs(names, [&](std::string_view run) {
    for (const unsigned char c : run) {
      // Code page 866: letters at 80 to AF and E0 to F1, frames of tables between.
      letters = letters && (c <= 0xAF || (c >= 0xE0 && c <= 0xF1));
      // Code page 437: accented letters up to A8, and the German sharp s at E1.
      western = western && (c <= 0xA8 || c == 0xE1);
    }
    western = western && run.size() < 3;
  });
  return letters && !western;
}

/// Pairs of bytes from A1 on: "CP936" where all begin like Chinese characters; "CP949" where all
/// begin like the syllables of Korean, which half of the Chinese characters do, too, so that it
/// takes four; else "".
std::string korean_or_chinese(const std::vector<std::string>& names) {
  bool korean = true, chinese = true;
  std::set<std::string_view> characters;
  for_runs(names, [&](std::string_view run) {
    if (run.size() % 2 != 0) korean = chinese = false;
    for (size_t i = 0; i + 1 < run.size(); i += 2) {
      characters.insert(run.substr(i, 2));
      const auto first = static_cast<unsigned char>(run[i]);
      const bool pair = static_cast<unsigned char>(run[i + 1]) >= 0xA1;
      korean = korean && pair && first >= 0xB0 && first <= 0xC8;
      chinese = chinese && pair && first >= 0xB0 && first <= 0xF7;
    }
  });
  return korean && characters.size() >= 4 ? "CP949" : chinese ? "CP936" : "";
}

}  // namespace

std::string guess_code_page(const std::vector<std::string>& names) {
  if (read_as_japanese(names)) return "CP932";
  if (read_as_cyrillic(names)) return "CP866";
  const std::string page = korean_or_chinese(names);
  // A page that cannot read one of the names was guessed wrongly.
  const bool whole = std::none_of(names.begin(), names.end(), [&](const std::string& name) {
    return from_code_page(name, page).empty();
  });
  return !page.empty() && whole ? page : kDefaultCodePage;
}

std::string from_code_page(std::string_view name, const std::string& page) {
  const iconv_t converter = iconv_open("UTF-8", page.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return "";
  // UTF-8 takes at most four bytes a character, and none takes less than one byte in any page.
  std::string text(4 * name.size(), '\0');
  char* in = const_cast<char*>(name.data());
  char* out = text.data();
  size_t in_left = name.size(), out_left = text.size();
  const bool whole = iconv(converter, &in, &in_left, &out, &out_left) == 0 && in_left == 0;
  iconv_close(converter);
  text.resize(whole ? text.size() - out_left : 0);
  return text;
}

std::string from_windows_1252(std::string_view text) {
  std::string converted;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::string character =
        byte < 0x80 ? std::string(1, c) : from_code_page({&c, 1}, "CP1252");
    // The five bytes that it leaves free are controls.
    converted += character.empty() ? std::string{'\xC2', c} : character;
  }
  return converted;
}

bool is_utf8(std::string_view text) {
  utf8proc_int32_t code = 0;
  while (!text.empty()) {
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (size <= 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace nasnet
