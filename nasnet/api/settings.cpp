#include "nasnet/api/settings.h"

// The library's map of settings goes the way of a JSON object, as stored studies do: unknown names,
// wrong types and ranges then have the same errors.

namespace nasnet::api {

void apply(const Settings& settings, const std::vector<Setting>& core) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [name, value] : settings)
    std::visit([&, &name = name](const auto& one) { object[name] = one; }, value);
  list_from_json(core, object, "");
  for (const Setting& setting : core) check_setting(setting, "");
}

std::vector<SettingFacts> facts_of(const std::vector<Setting>& core) {
  std::vector<SettingFacts> facts;
  for (const Setting& setting : core)
    facts.push_back({setting.name, setting.help, value_text(setting), describe_range(setting)});
  return facts;
}

}  // namespace nasnet::api
