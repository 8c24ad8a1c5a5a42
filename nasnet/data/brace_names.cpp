#include "nasnet/data/brace_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::data {
namespace {

constexpr size_t kMostPaths = 1'000'000;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw InputError(fmt::format("{}: {}; braces hold numbers ({{000..146}}) or words ({{a,b}})",
                               printable(path), why));
}

std::optional<int64_t> number_of(std::string_view text) {
  constexpr size_t kMostDigits = 15;
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  if (text.empty() || text.size() > kMostDigits || text[0] == '-' ||
      std::from_chars(text.data(), end, number).ptr != end)
    return std::nullopt;
  return number;
}

/// Of what one brace holds.
std::vector<std::string> words_of(std::string_view inside, const std::string& path) {
  std::vector<std::string> words;
  const size_t dots = inside.find("..");
  if (dots != std::string_view::npos) {
    const std::string_view first = inside.substr(0, dots), last = inside.substr(dots + 2);
    const auto from = number_of(first), to = number_of(last);
    if (!from || !to || *from > *to)
      refuse(path, fmt::format("'{}' is no range of numbers that rise", inside));
    if (*to - *from >= static_cast<int64_t>(kMostPaths)) refuse(path, "too many paths");
    // As in a shell: zeros before one bound make all of one width.
    const bool padded =
        (first.size() > 1 && first[0] == '0') || (last.size() > 1 && last[0] == '0');
    const size_t width = padded ? std::max(first.size(), last.size()) : 0;
    for (int64_t i = *from; i <= *to; ++i) words.push_back(fmt::format("{:0{}}", i, width));
    return words;
  }
  if (inside.find(',') == std::string_view::npos)
    refuse(path, fmt::format("'{}' is one word", inside));
  for (size_t begin = 0; begin <= inside.size();) {
    const size_t end = std::min(inside.find(',', begin), inside.size());
    words.emplace_back(inside.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace

bool has_braces(const std::string& path) {
  const size_t open = path.find('{');
  return open != std::string::npos && path.find('}', open) != std::string::npos;
}

std::vector<std::string> expand_braces(const std::string& path) {
  std::vector<std::string> paths = {""};
  for (std::string_view rest = path; !rest.empty();) {
    const size_t open = std::min(rest.find('{'), rest.size());
    for (std::string& begun : paths) begun += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    const size_t close = rest.find('}');
    if (close == std::string_view::npos) refuse(path, "a brace is not closed");
    const std::string_view inside = rest.substr(1, close - 1);
    if (inside.find('{') != std::string_view::npos) refuse(path, "a brace lies in another one");
    const std::vector<std::string> words = words_of(inside, path);
    if (paths.size() * words.size() > kMostPaths) refuse(path, "too many paths");
    std::vector<std::string> longer;
    for (const std::string& begun : paths)
      for (const std::string& word : words) longer.push_back(begun + word);
    paths = std::move(longer);
    rest.remove_prefix(close + 1);
  }
  return paths;
}

}  // namespace nasnet::data
