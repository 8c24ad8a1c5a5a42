#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nasnet::cli {

/// A key of a configuration file and its value: a text, a number, true or false, or an array.
struct ConfigEntry {
  std::string key;
  nlohmann::json value;
  std::string where;  ///< "--config a.toml, line 3"
};

/// The entries of a TOML file for one verb: those at its top, then those in the verb's section,
/// which win. Throws InputError that names file and line for what is no TOML, a section that is no
/// verb's, or a value of a type that no setting has (a date, a table).
std::vector<ConfigEntry> read_config(const std::string& file, const std::string& verb,
                                     const std::vector<std::string>& verbs);

}  // namespace nasnet::cli
