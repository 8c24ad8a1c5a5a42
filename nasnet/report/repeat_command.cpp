#include "nasnet/report/repeat_command.h"

#include <map>

#include "nasnet/base/settings.h"
#include "nasnet/base/shell.h"

namespace nasnet::report {

std::string repeat_command(const search::SearchSettings& settings, uint64_t seed) {
  search::SearchSettings own = settings;
  own.store = search::without_password(settings.store);
  search::SearchSettings usual;
  usual.space = own.space;
  usual.evaluator = own.evaluator;
  std::map<std::string, std::string> defaults;
  for (const Setting& setting : search::list_used_settings(usual))
    defaults[setting.name] = value_text(setting);
  defaults["space"] = search::SearchSettings().space;
  defaults["evaluator"] = search::kAnyEvaluator;
  std::string command = "nasnet search";
  for (const Setting& setting : search::list_used_settings(own)) {
    const std::string value = value_text(setting);
    if (setting.name != "study" && value == defaults[setting.name]) continue;
    const std::string name = flag_name(setting.name);
    if (std::holds_alternative<bool*>(setting.value)) {
      command += (value == "true" ? " --" : " --no-") + name;
    } else {
      command += " --" + name + " " + shell_quoted(value);
    }
  }
  return command + " --seed " + std::to_string(seed);
}

}  // namespace nasnet::report
