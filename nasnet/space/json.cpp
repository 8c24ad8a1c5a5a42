#include "nasnet/space/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nasnet/base/error.h"

// Genotypes to and from JSON (docs/library.md). Files are written by hand and by other programs:
// each fault is reported with its place, and a key that is not known is an error, as it would most
// probably be a misspelt one whose default then applied in silence.

namespace nasnet::space {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kSchema = "nasnet-genotype";
constexpr int kVersion = 1;

/// A value inside the document, with its path for messages.
class Place {
 public:
  Place(const json& value, std::string where) : value_(value), where_(std::move(where)) {}

  [[noreturn]] void fail(const std::string& what) const { throw InputError(where_ + what); }

  /// An object of no other keys than these.
  void demand_object(const std::vector<std::string>& keys) const {
    if (!value_.is_object()) fail(" must be an object");
    for (const auto& [key, ignored] : value_.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        fail(
            fmt::format("{}unknown key '{}'{}", at_root() ? "" : ": ", key, suggestion(key, keys)));
    }
  }
  bool has(const char* key) const { return value_.contains(key); }
  Place at(const char* key) const {
    if (!has(key)) fail(fmt::format("{}lacks the key '{}'", at_root() ? "" : " ", key));
    return {value_.at(key), where_ + (at_root() ? "" : ".") + key};
  }
  std::vector<Place> list() const {
    if (!value_.is_array()) fail(" must be a list");
    std::vector<Place> places;
    for (size_t i = 0; i < value_.size(); ++i)
      places.emplace_back(value_[i], fmt::format("{}[{}]", where_, i));
    return places;
  }
  int integer() const {
    // Numbers of any size are read; check() says which states there are.
    if (!value_.is_number_integer()) fail(" must be a whole number");
    const auto number = value_.get<int64_t>();
    if (number < -1000000 || number > 1000000) fail(fmt::format(" is {}, out of range", number));
    return static_cast<int>(number);
  }
  bool boolean() const {
    if (!value_.is_boolean()) fail(" must be true or false");
    return value_.get<bool>();
  }
  std::string text() const {
    if (!value_.is_string()) fail(" must be a text");
    return value_.get<std::string>();
  }
  /// The text's meaning by `parse`, whose error gets the place before it.
  template <class Parse>
  auto parsed(Parse parse) const {
    const std::string word = text();
    try {
      return parse(word);
    } catch (const InputError& error) {
      fail(fmt::format(": {}", error.what()));
    }
  }

 private:
  /// The document itself: its place is the file, and ends in ": ".
  bool at_root() const { return where_.ends_with(": "); }

  const json& value_;
  std::string where_;
};

Block block_from(const Place& place) {
  place.demand_object({"left", "left_op", "right", "right_op", "combine"});
  Block block;
  block.left = place.at("left").integer();
  block.right = place.at("right").integer();
  block.left_op = place.at("left_op").parsed(parse_operation);
  block.right_op = place.at("right_op").parsed(parse_operation);
  if (place.has("combine")) block.combine = place.at("combine").parsed(parse_combine);
  return block;
}

/// Checked as a cell; `where` opens those messages.
Cell cell_from(const Place& place, const std::string& where) {
  place.demand_object({"inputs", "blocks", "outputs", "separate_outputs"});
  Cell cell;
  if (place.has("inputs")) cell.inputs = place.at("inputs").integer();
  for (const Place& block : place.at("blocks").list()) cell.blocks.push_back(block_from(block));
  if (place.has("separate_outputs")) cell.separate_outputs = place.at("separate_outputs").boolean();
  if (place.has("outputs")) {
    for (const Place& state : place.at("outputs").list()) cell.outputs.push_back(state.integer());
  } else {
    take_unused_as_outputs(cell, where);
  }
  check(cell, where);
  return cell;
}

ordered_json cell_to_json(const Cell& cell) {
  ordered_json blocks = ordered_json::array();
  for (const Block& block : cell.blocks)
    blocks.push_back({{"left", block.left},
                      {"left_op", name(block.left_op)},
                      {"right", block.right},
                      {"right_op", name(block.right_op)},
                      {"combine", name(block.combine)}});
  return {{"inputs", cell.inputs},
          {"blocks", blocks},
          {"outputs", cell.outputs},
          {"separate_outputs", cell.separate_outputs}};
}

/// One block a line, which the library's own indentation does not offer.
std::string format_cell(const Cell& cell) {
  const ordered_json json = cell_to_json(cell);
  std::string text = fmt::format("{{\n    \"inputs\": {},\n    \"blocks\": [\n", cell.inputs);
  for (size_t i = 0; i < cell.blocks.size(); ++i)
    text += fmt::format("      {}{}\n", json["blocks"][i].dump(),
                        i + 1 < cell.blocks.size() ? "," : "");
  text += fmt::format("    ],\n    \"outputs\": {},\n    \"separate_outputs\": {}\n  }}",
                      json["outputs"].dump(), cell.separate_outputs);
  return text;
}

/// Deeper nesting than any genotype has: refused before the parser recurses into it.
bool too_deep(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') {
      // Brackets within texts count as well: no name of a genotype has 64 of them.
      if (++depth > 64) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

ordered_json genotype_to_ordered_json(const Genotype& genotype) {
  return {{"schema", kSchema},
          {"version", kVersion},
          {"name", genotype.name},
          {"normal", cell_to_json(genotype.normal)},
          {"reduction", cell_to_json(genotype.reduction)}};
}

json genotype_to_json(const Genotype& genotype) {
  return json(genotype_to_ordered_json(genotype));
}

std::string format_genotype(const Genotype& genotype) {
  return fmt::format(
      "{{\n  \"schema\": \"{}\",\n  \"version\": {},\n  \"name\": {},\n  \"normal\": {},\n"
      "  \"reduction\": {}\n}}\n",
      kSchema, kVersion, json(genotype.name).dump(), format_cell(genotype.normal),
      format_cell(genotype.reduction));
}

Genotype genotype_from_json(const json& document, const std::string& where) {
  const Place root(document, where + ": ");
  if (!document.is_object() || !document.contains("schema") || document["schema"] != kSchema)
    throw InputError(fmt::format("{} is no genotype: it must be an object with \"schema\": \"{}\"",
                                 where, kSchema));
  // Before the keys: a newer version may have others, and the message is then the right one.
  const int version = root.at("version").integer();
  if (version > kVersion)
    throw InputError(
        fmt::format("{} is of version {}, made by a newer nasnet; this one reads "
                    "version {}",
                    where, version, kVersion));
  if (version < 1) root.at("version").fail(fmt::format(" is {}; it must be {}", version, kVersion));
  root.demand_object({"schema", "version", "name", "normal", "reduction"});
  Genotype genotype;
  if (root.has("name")) genotype.name = root.at("name").text();
  // The name goes to terminals and into the names of folders.
  if (std::any_of(genotype.name.begin(), genotype.name.end(),
                  [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    root.at("name").fail(" must be one line of printable characters");
  genotype.normal = cell_from(root.at("normal"), where + ": normal");
  genotype.reduction = cell_from(root.at("reduction"), where + ": reduction");
  check(genotype);
  return genotype;
}

Genotype parse_genotype(std::string_view text, const std::string& where) {
  if (text.size() > kLargestGenotypeFile)
    throw InputError(fmt::format("{} is no genotype: it has {} bytes", where, text.size()));
  if (too_deep(text))
    throw InputError(fmt::format("{} is no genotype: it is nested too deep", where));
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& error) {
    std::string what = error.what();
    // The library's message opens with its own number: "[json.exception.parse_error.101] ".
    if (const size_t end = what.find("] "); end != std::string::npos) what = what.substr(end + 2);
    throw InputError(fmt::format("{} is not JSON: {}", where, what));
  }
  return genotype_from_json(document, where);
}

}  // namespace nasnet::space
