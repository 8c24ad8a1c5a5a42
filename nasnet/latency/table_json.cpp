#include <fmt/format.h>
#include <nasnet/version.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/latency/latency_table.h"

// A table as JSON. Files come from anywhere: each number is checked before anything is computed
// with it.

namespace nasnet::latency {
namespace {

using nlohmann::json, nlohmann::ordered_json;

constexpr const char* kSchema = "nasnet-latency";
constexpr int kVersion = 1;
constexpr double kLargestMs = 1e9;

/// Reads values of an object, with the place in messages.
class Part {
 public:
  Part(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) refuse("", "is no object");
  }

  const json& at(const std::string& key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) refuse(key, "is missing");
    return *found;
  }
  Part part(const std::string& key) const { return {at(key), where_ + ": " + key}; }
  const json& list(const std::string& key) const {
    if (!at(key).is_array()) refuse(key, "is no list");
    return at(key);
  }
  std::string text(const std::string& key) const {
    if (!at(key).is_string()) refuse(key, "is no text");
    return at(key);
  }
  double number(const std::string& key, double largest) const {
    const json& value = at(key);
    if (!value.is_number()) refuse(key, "is no number");
    const auto number = value.get<double>();
    if (!std::isfinite(number)) refuse(key, "is not finite");
    if (number < 0) refuse(key, "is negative");
    if (number > largest) refuse(key, "is too large");
    return number;
  }
  int integer(const std::string& key, int least, int largest) const {
    const json& value = at(key);
    if (!value.is_number_integer() || value < least || value > largest)
      refuse(key, fmt::format("must be a number from {} to {}", least, largest));
    return value.get<int>();
  }
  bool boolean(const std::string& key) const {
    if (!at(key).is_boolean()) refuse(key, "is neither true nor false");
    return at(key);
  }
  template <NamedEnum E>
  E named(const std::string& key) const {
    const auto value = from_text<E>(text(key));
    if (!value) refuse(key, fmt::format("is unknown: '{}'", printable(text(key))));
    return *value;
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& why) const {
    throw InputError(fmt::format("{}: {}{}{}; make the table again with `nasnet latency`", where_,
                                 key, key.empty() ? "" : " ", why));
  }

 private:
  const json& object_;
  std::string where_;
};

Circumstances read_circumstances(const Part& part) {
  Circumstances of;
  of.target = part.named<Target>("target");
  of.device = from_printable(part.text("device"));
  of.threads = part.integer("threads", 1, 1024);
  of.batch = part.integer("batch", 1, 1 << 20);
  const Part stack = part.part("stack");
  of.stack.stack = stack.named<graph::StackKind>("stack");
  of.stack.cells = stack.integer("cells", 1, 100);
  of.stack.filters = stack.integer("filters", 1, 4096);
  of.stack.classes = stack.integer("classes", 2, 1000000);
  of.stack.input = {stack.integer("height", 1, 1 << 20), stack.integer("width", 1, 1 << 20),
                    stack.integer("channels", 1, 1 << 20)};
  of.stack.pooling = stack.named<graph::Pooling>("pooling");
  of.space = part.at("space");
  if (!of.space.is_object()) part.refuse("space", "is no object");
  return of;
}

void read_coefficients(const Part& table, const std::string& where, Features& coefficients) {
  std::array<bool, kFeatures> seen{};
  for (const json& entry : table.list("coefficients")) {
    const Part part(entry, where + ": coefficients");
    const std::string kind = part.text("kind");
    int found = -1;
    for (int k = 0; k < kFeatures; ++k)
      if (kind == name_of(static_cast<Feature>(k)).name) found = k;
    if (found < 0 || seen[found])
      part.refuse("kind", fmt::format("'{}' is {}", printable(kind),
                                      found < 0 ? "unknown" : "there twice"));
    seen[found] = true;
    coefficients[found] = part.number("ms", kLargestMs);
  }
  for (int k = 0; k < kFeatures; ++k)
    if (!seen[k])
      table.refuse("coefficients",
                   fmt::format("have no '{}'", name_of(static_cast<Feature>(k)).name));
}

MeasuredCell read_cell(const Part& part) {
  MeasuredCell cell;
  cell.name = from_printable(part.text("name"));
  for (const json& choice : part.list("choices")) {
    constexpr int kLargestChoice = 1 << 20;
    if (!choice.is_number_integer() || choice < 0 || choice > kLargestChoice)
      part.refuse("choices", "hold one that is none");
    cell.choices.push_back(choice.get<int>());
  }
  cell.ms = part.number("ms", kLargestMs);
  cell.spread = part.number("spread", kLargestMs);
  cell.held_out = part.boolean("held_out");
  cell.predicted = part.number("predicted_ms", kLargestMs);
  return cell;
}

}  // namespace

ordered_json circumstances_to_json(const Circumstances& of) {
  return {{"target", to_text(of.target)},
          {"device", printable(of.device)},
          {"threads", of.threads},
          {"batch", of.batch},
          {"stack",
           {{"stack", to_text(of.stack.stack)},
            {"cells", of.stack.cells},
            {"filters", of.stack.filters},
            {"classes", of.stack.classes},
            {"height", of.stack.input.height},
            {"width", of.stack.input.width},
            {"channels", of.stack.input.channels},
            {"pooling", to_text(of.stack.pooling)}}},
          {"space", of.space}};
}

Circumstances circumstances_from_json(const json& object, const std::string& where) {
  return read_circumstances(Part(object, where));
}

ordered_json LatencyTable::to_json() const {
  ordered_json table = {{"schema", kSchema}, {"version", kVersion}, {"program", NASNET_VERSION}};
  table.update(circumstances_to_json(of));
  table["seed"] = seed;
  table["coefficients"] = ordered_json::array();
  for (int k = 0; k < kFeatures; ++k) {
    const FeatureName& name = name_of(static_cast<Feature>(k));
    table["coefficients"].push_back({{"kind", name.name}, {"ms", coefficients[k]}});
  }
  table["held_out"] = {{"cells", held_out.cells},
                       {"median_error", held_out.median_error},
                       {"largest_error", held_out.largest_error},
                       {"spearman", held_out.spearman}};
  table["cells"] = ordered_json::array();
  for (const MeasuredCell& cell : cells)
    table["cells"].push_back({{"name", printable(cell.name)},
                              {"choices", cell.choices},
                              {"ms", cell.ms},
                              {"spread", cell.spread},
                              {"held_out", cell.held_out},
                              {"predicted_ms", cell.predicted}});
  return table;
}

LatencyTable LatencyTable::from_json(const json& object, const std::string& where) {
  const std::string file = printable(where);
  if (!object.is_object() || !object.contains("schema") || object["schema"] != kSchema)
    throw InputError(
        fmt::format("{}: no latency table; make one with `nasnet latency --out FILE`", file));
  const Part part(object, file);
  if (part.at("version") != kVersion)
    part.refuse(
        "version",
        fmt::format("is {}, and this program reads {}",
                    part.at("version").is_number() ? part.at("version").dump() : "none", kVersion));
  LatencyTable table;
  table.of = read_circumstances(part);
  if (!part.at("seed").is_number_unsigned()) part.refuse("seed", "is no seed");
  table.seed = part.at("seed");
  read_coefficients(part, file, table.coefficients);
  const Part held_out = part.part("held_out");
  table.held_out.cells = held_out.integer("cells", 0, 1 << 20);
  table.held_out.median_error = held_out.number("median_error", kLargestMs);
  table.held_out.largest_error = held_out.number("largest_error", kLargestMs);
  const json& spearman = held_out.at("spearman");
  if (!spearman.is_number() || !(std::abs(spearman.get<double>()) <= 1 + 1e-9))
    held_out.refuse("spearman", "is no correlation");
  table.held_out.spearman = spearman;
  for (const json& cell : part.list("cells"))
    table.cells.push_back(read_cell(Part(cell, file + ": cells")));
  return table;
}

LatencyTable parse_latency_table(const std::string& text, const std::string& where) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded())
    throw InputError(fmt::format(
        "{}: damaged, or no JSON; make the table again with `nasnet latency`", printable(where)));
  return LatencyTable::from_json(object, where);
}

}  // namespace nasnet::latency
