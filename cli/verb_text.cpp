#include "cli/verb_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

// The words of a setting, in one place for help, manual and completion, so that these agree.

namespace nasnet::cli {
namespace {

/// True if the setting's value is of one of these types.
template <class... Types>
bool holds_any(const Setting& setting) {
  return (std::holds_alternative<Types>(setting.value) || ...);
}

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::vector<std::string> topics_of(const VerbText& verb) {
  std::vector<std::string> topics;
  for (const Setting& setting : verb.settings)
    if (std::find(topics.begin(), topics.end(), setting.topic) == topics.end())
      topics.push_back(setting.topic);
  return topics;
}

bool is_switch(const Setting& setting) {
  return holds_any<bool*>(setting);
}

std::vector<std::string> flags_of(const Setting& setting) {
  const std::string name = flag_name(setting.name);
  if (is_switch(setting) && *std::get<bool*>(setting.value)) return {"--" + name, "--no-" + name};
  return {"--" + name};
}

std::string placeholder_of(const Setting& setting) {
  if (is_switch(setting)) return "";
  if (!setting.placeholder.empty()) return setting.placeholder;
  if (holds_any<std::vector<std::string>*>(setting)) return "NAME,...";
  if (!setting.range.one_of.empty()) return "NAME";
  if (holds_any<std::string*>(setting)) return "TEXT";
  // Not a double: a whole number is left.
  return holds_any<double*, std::optional<double>*>(setting) ? "NUMBER" : "N";
}

std::string help_of(const Setting& setting) {
  const std::string range = describe_range(setting);
  std::string value = value_text(setting);
  if (is_switch(setting) && value == "false") value.clear();  // that is how switches begin
  std::string text = setting.help;
  if (!range.empty()) text += fmt::format(" ({})", range);
  if (!value.empty()) text += fmt::format(" [{}]", value);
  return text;
}

std::string usage_of(const VerbText& verb) {
  std::string usage = "nasnet " + verb.name;
  for (const Argument& argument : verb.arguments) {
    const std::string word = upper_case(argument.name) + (argument.many ? "..." : "");
    usage += argument.required ? " " + word : " [" + word + "]";
  }
  return usage + " [SETTINGS]";
}

}  // namespace nasnet::cli
