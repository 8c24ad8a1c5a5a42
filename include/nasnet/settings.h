#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace nasnet {

using SettingValue = std::variant<bool, int64_t, double, std::string, std::vector<std::string>>;

/// Settings by the names of the program's flags, with dashes or underscores: {{"epochs", 5},
/// {"learning_rate", 0.1}}. Those that are not named have their defaults. Whoever takes them throws
/// InputError for an unknown name, with the nearest right one, and for a value of another type or
/// out of its range.
using Settings = std::map<std::string, SettingValue>;

/// A setting as the flags and their help declare it.
struct SettingFacts {
  std::string name, help;
  std::string value;  ///< its default, as one would type it; "" for none
  std::string range;  ///< in words: "1 to 100", "sgd, rmsprop"; "" where all is allowed
};

}  // namespace nasnet
