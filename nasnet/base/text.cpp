#include "nasnet/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "nasnet/base/error.h"

// Texts for people and from people: lists that differ, numbers with their thousands, sizes in
// bytes.

namespace nasnet {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.emplace_back(line);
    begin = end + 1;
  }
  return lines;
}

std::string describe_difference(const std::vector<std::string>& a, const std::string& mine,
                                const std::vector<std::string>& b, const std::string& theirs) {
  const auto missing = [](const std::vector<std::string>& from, const std::vector<std::string>& in,
                          const std::string& whose) {
    // Names as examples: lists of classes may have thousands.
    constexpr size_t kShown = 3;
    const std::set<std::string> known(in.begin(), in.end());
    std::vector<std::string> names;
    for (const std::string& name : from)
      if (!known.contains(name)) names.push_back(name);
    if (names.empty()) return std::string();
    const bool more = names.size() > kShown;
    const size_t count = names.size();
    names.resize(std::min(count, kShown));
    return fmt::format("only {}: {} ({}{})", whose, count, fmt::join(names, ", "),
                       more ? ", ..." : "");
  };
  const std::string here = missing(a, b, mine), there = missing(b, a, theirs);
  if (!here.empty() && !there.empty()) return here + "; " + there;
  if (!here.empty() || !there.empty()) return here + there;
  // The sets are equal: what differs is how often a name stands there, or where.
  if (a.size() != b.size())
    return fmt::format("some names stand more than once: {} {}, {} {}", a.size(), mine, b.size(),
                       theirs);
  const auto [first, second] = std::mismatch(a.begin(), a.end(), b.begin());
  if (first == a.end()) return "no difference";
  return fmt::format("the same names in another order: number {} is {} {}, {} {}",
                     first - a.begin() + 1, *first, mine, *second, theirs);
}

std::optional<int64_t> parse_digits(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  // from_chars takes a minus sign; an empty text has failed before front() is asked.
  if (error != std::errc() || stop != end || text.front() == '-') return std::nullopt;
  return number;
}

std::string thousands(int64_t number) {
  std::string text = std::to_string(number);
  const int64_t first = number < 0 ? 1 : 0;
  for (auto i = static_cast<int64_t>(text.size()) - 3; i > first; i -= 3) text.insert(i, 1, ',');
  return text;
}

int64_t parse_bytes(const std::string& text, const std::string& name) {
  if (text.empty()) return 0;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string unit(end);
  std::erase(unit, ' ');
  for (char& c : unit) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (unit.ends_with('B')) unit.pop_back();
  const double base = unit.ends_with('I') ? 1024 : 1000;
  if (unit.ends_with('I')) unit.pop_back();
  const size_t power = std::string("KMGT").find(unit);
  const bool known = unit.empty() || (unit.size() == 1 && power != std::string::npos);
  const double bytes = unit.empty() ? number : number * std::pow(base, power + 1);
  // A limit of less than a byte, or of more than any machine has, is a slip.
  if (end == text.c_str() || !known || !(bytes >= 1) || bytes > 1e15)
    throw InputError(
        fmt::format("{} {}: write a number with MB or GB, as 800MB or 2GB", name, text));
  return static_cast<int64_t>(bytes);
}

std::string format_bytes(int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  // The thresholds lie where the next form begins after rounding: no "1000 MB".
  if (value < 999.5e6) return fmt::format("{:.{}f} MB", value / 1e6, value < 99.95e6 ? 1 : 0);
  return fmt::format("{:.2f} GB", value / 1e9);
}

}  // namespace nasnet
