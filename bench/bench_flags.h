#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/settings.h"

namespace nasnet {

/// A file of ../shared/data, which need not be there.
inline std::string shared_file(const std::string& name) {
  return NASNET_SOURCE_DIR "/../shared/data/" + name;
}

/// "a,b" as "a" and "b".
inline std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0;;) {
    const size_t end = text.find(',', begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

/// Whole numbers of at least 1, ascending.
inline std::vector<int> numbers_of(const std::vector<std::string>& texts, const std::string& flag) {
  std::vector<int> numbers;
  for (const std::string& text : texts) {
    int number = 0;
    set_from_text({"number", &number, "", Range{1, 1e6}}, {text}, flag);
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

/// Sets the settings whose flags stand on the command line; a list's items stand with commas
/// between them. Throws InputError for others, which `source` lists.
inline void read_flags(int argc, char** argv, const std::vector<Setting>& known,
                       const std::string& source) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const bool last = i + 1 == argc;
    const auto found = std::find_if(known.begin(), known.end(), [&](const Setting& setting) {
      return "--" + flag_name(setting.name) == name;
    });
    if (found == known.end())
      throw InputError(fmt::format("unknown flag '{}'; {} lists them", name, source));
    if (std::holds_alternative<bool*>(found->value) && (last || argv[i + 1][0] == '-')) {
      *std::get<bool*>(found->value) = true;
      continue;
    }
    if (last) throw InputError(fmt::format("{} needs a value", name));
    const bool list = std::holds_alternative<std::vector<std::string>*>(found->value);
    const std::string value = argv[++i];
    set_from_text(*found, list ? split_list(value) : std::vector{value}, name);
  }
}

/// Runs the benchmark of this name for main(): 0, or after an error, which is told in a line, 2.
inline int run_benchmark(const std::string& name, const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "bench {}: {}\n", name, error.what());
    return 2;
  }
}

}  // namespace nasnet
