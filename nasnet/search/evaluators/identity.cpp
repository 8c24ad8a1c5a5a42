#include "nasnet/search/evaluators/identity.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

/// Digests are long; their beginnings tell them apart.
std::string shortened(const std::string& value) {
  constexpr size_t kMost = 40, kKept = 16;
  return value.size() <= kMost ? value : value.substr(0, kKept) + "...";
}

std::string text_of(const nlohmann::json& value) {
  return shortened(value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace

nlohmann::json to_json(const Identity& identity) {
  nlohmann::json object = nlohmann::json::object();
  for (const IdentityPart& part : identity) object[part.name] = part.value;
  return object;
}

void demand_identity(const Identity& here, const nlohmann::json& stored, const std::string& study,
                     bool other_build) {
  for (const IdentityPart& part : here) {
    const auto known = stored.find(part.name);
    if (known == stored.end() || *known == part.value || (part.of_build && other_build)) continue;
    throw InputError(fmt::format("{} is not that of study {}: {} is {} there and {} here; {}",
                                 part.subject, study, part.name, text_of(*known),
                                 shortened(part.value), part.remedy));
  }
}

}  // namespace nasnet::search
