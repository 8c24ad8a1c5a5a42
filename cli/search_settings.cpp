#include "cli/search_settings.h"

#include <fmt/format.h>

#include <cstdlib>

#include "nasnet/base/error.h"

namespace nasnet::cli {
namespace {

/// Lists come as several words or as one with commas.
std::vector<std::string> split(const std::vector<std::string>& words) {
  std::vector<std::string> parts;
  for (const std::string& word : words) {
    size_t begin = 0;
    for (size_t end; (end = word.find(',', begin)) != std::string::npos; begin = end + 1)
      parts.push_back(word.substr(begin, end - begin));
    parts.push_back(word.substr(begin));
  }
  return parts;
}

}  // namespace

double parse_seconds(const std::string& text) {
  if (text.empty()) return 0;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double scale = unit.empty() || unit == "s" ? 1
                       : unit == "m"               ? 60
                       : unit == "h"               ? 3600
                       : unit == "d"               ? 86400
                                                   : 0;
  if (end == text.c_str() || scale == 0 || !(number > 0) || number > 1e9)
    throw InputError(
        fmt::format("--time {}: write a number with s, m, h or d, as 90s or 1.5h", text));
  return number * scale;
}

space::NasnetSpace make_space(const SearchSettings& settings) {
  space::NasnetSpace::Settings chosen;
  chosen.blocks = settings.blocks;
  if (!settings.operations.empty()) chosen.operations.clear();
  for (const std::string& name : split(settings.operations))
    chosen.operations.push_back(space::parse_operation(name));
  if (!settings.combines.empty()) chosen.combines.clear();
  for (const std::string& name : split(settings.combines))
    chosen.combines.push_back(space::parse_combine(name));
  return space::NasnetSpace(chosen);
}

}  // namespace nasnet::cli
