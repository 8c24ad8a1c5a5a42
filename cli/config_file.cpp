#include "cli/config_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"

// TOML becomes JSON with the place of each value, so that settings check it as they check a stored
// study's, and errors still name the line.

namespace nasnet::cli {
namespace {

using nlohmann::json;

/// Bytes: a larger file is something else.
constexpr size_t kLargestConfig = size_t{1} << 20;

/// "--config a.toml, line 3".
std::string place(const std::string& file, const toml::source_region& source) {
  return fmt::format("--config {}, line {}", file, source.begin.line);
}

/// Throws InputError for a type that no setting has, naming `key` and `where`.
json to_json(const toml::node& node, const std::string& key, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (node.is_table())
    throw InputError(fmt::format("{}: {} is a table; no setting has parts", where, key));
  const auto* array = node.as_array();
  if (!array)
    throw InputError(
        fmt::format("{}: {} is a date or a time; a text stands in quotes", where, key));
  json list = json::array();
  for (const toml::node& item : *array) list.push_back(to_json(item, key, where));
  return list;
}

/// Tables are sections: they are looked at apart.
void add_entries(const toml::table& table, bool with_tables, const std::string& file,
                 std::vector<ConfigEntry>& entries) {
  for (const auto& [key, node] : table) {
    if (node.is_table() && !with_tables) continue;
    const std::string name(key.str()), where = place(file, node.source());
    entries.push_back({name, to_json(node, name, where), where});
  }
}

}  // namespace

std::vector<ConfigEntry> read_config(const std::string& file, const std::string& verb,
                                     const std::vector<std::string>& verbs) {
  const std::string text = read_file(file, kLargestConfig);
  toml::table top;
  try {
    top = toml::parse(std::string_view(text));
  } catch (const toml::parse_error& error) {
    throw InputError(
        fmt::format("{}: {}", place(file, error.source()), std::string(error.description())));
  }
  std::vector<ConfigEntry> entries;
  // The top first: of two entries of one key the later, in the verb's section, wins.
  add_entries(top, false, file, entries);
  for (const auto& [key, node] : top) {
    if (!node.is_table()) continue;
    const std::string section(key.str());
    // One file may serve several verbs: other verbs' sections are passed over, unknown ones
    // refused.
    if (std::find(verbs.begin(), verbs.end(), section) == verbs.end())
      throw InputError(fmt::format("{}: unknown section '{}'{}", place(file, node.source()),
                                   section, suggestion(section, verbs)));
    if (section == verb) add_entries(*node.as_table(), true, file, entries);
  }
  return entries;
}

}  // namespace nasnet::cli
