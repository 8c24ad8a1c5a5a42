#include "nasnet/base/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/shell.h"

// One declaration, four forms: text of a command line, JSON, text for people, and the checked value
// itself. The type of a setting is known only inside with_value(); what is below is written once
// for all of them, with a branch where a kind of value differs.

namespace nasnet {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

template <class T>
constexpr bool kIsNumber = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;

std::string prefix(const std::string& where) {
  return where.empty() ? "" : where + ": ";
}

/// In the words of an error: "must be a whole number".
template <class T>
const char* kind_of(const T&) {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, uint64_t>) return "a whole number, zero or above";
  if constexpr (std::is_integral_v<T>) return "a whole number";
  if constexpr (std::is_same_v<T, double>) return "a number";
  if constexpr (std::is_same_v<T, Texts>) return "a list of texts";
  return "a text";
}

template <class T>
[[noreturn]] void wrong_type(const Setting& setting, const T& value, const std::string& given,
                             const std::string& where) {
  throw InputError(
      fmt::format("{}{} must be {}, not {}", prefix(where), setting.name, kind_of(value), given));
}

bool in_range(double value, const Range& range) {
  return std::isfinite(value) && value >= range.min && value <= range.max;
}

/// A text must be one of the names that its range lists, if it lists any.
void check_text(const Setting& setting, const std::string& value, const std::string& where) {
  const Texts& allowed = setting.range.one_of;
  if (allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  throw InputError(fmt::format("{}{} cannot be '{}'{}", prefix(where), setting.name, value,
                               suggestion(value, allowed)));
}

template <class T>
void parse_text(const Setting& setting, T& value, const std::string& text,
                const std::string& where) {
  if constexpr (kIsOptional<T>) {
    parse_text(setting, value.emplace(), text, where);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (text != "true" && text != "false" && text != "1" && text != "0")
      wrong_type(setting, value, "'" + text + "'", where);
    value = text == "true" || text == "1";
  } else {
    T parsed{};
    const char* end = text.data() + text.size();
    // from_chars takes neither blanks nor a plus sign, and no locale changes its decimal point.
    const auto [stop, error] = std::from_chars(text.data(), end, parsed);
    if (error == std::errc::result_out_of_range)
      throw InputError(fmt::format("{}{} cannot be {}: the number is too large", prefix(where),
                                   setting.name, text));
    if (error != std::errc() || stop != end) wrong_type(setting, value, "'" + text + "'", where);
    value = parsed;
  }
}

template <class T>
void read_number(const Setting& setting, T& value, const json& from, const std::string& where) {
  if constexpr (std::is_same_v<T, double>) {
    if (!from.is_number()) wrong_type(setting, value, from.dump(), where);
    value = from.get<double>();
  } else {
    // The text form keeps one check for signs and overflow.
    if (!from.is_number_integer()) wrong_type(setting, value, from.dump(), where);
    parse_text(setting, value, from.dump(), where);
  }
}

template <class T>
void read_json(const Setting& setting, T& value, const json& from, const std::string& where) {
  if constexpr (kIsOptional<T>) {
    value.reset();
    if (!from.is_null()) read_json(setting, value.emplace(), from, where);
  } else if constexpr (kIsNumber<T>) {
    read_number(setting, value, from, where);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!from.is_boolean()) wrong_type(setting, value, from.dump(), where);
    value = from.get<bool>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!from.is_string()) wrong_type(setting, value, from.dump(), where);
    value = from_printable(from.get<std::string>());
  } else {
    if (!from.is_array()) wrong_type(setting, value, from.dump(), where);
    value.clear();
    for (const json& item : from) {
      if (!item.is_string()) wrong_type(setting, value, from.dump(), where);
      value.push_back(from_printable(item.get<std::string>()));
    }
  }
}

/// Texts, which may be names of files, are printable(): JSON holds no others.
template <class T>
json to_json(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return printable(value);
  } else if constexpr (std::is_same_v<T, Texts>) {
    json list = json::array();
    for (const std::string& item : value) list.push_back(printable(item));
    return list;
  } else {
    return value;
  }
}

template <class T>
void check_value(const Setting& setting, const T& value, const std::string& where) {
  if constexpr (kIsOptional<T>) {
    if (value) check_value(setting, *value, where);
  } else if constexpr (std::is_same_v<T, std::string>) {
    check_text(setting, value, where);
  } else if constexpr (std::is_same_v<T, Texts>) {
    for (const std::string& item : value) check_text(setting, item, where);
  } else if constexpr (kIsNumber<T>) {
    if (in_range(static_cast<double>(value), setting.range)) return;
    const std::string allowed = describe_range(setting);
    throw InputError(fmt::format("{}{} is {}, must be {}", prefix(where), setting.name, value,
                                 allowed.empty() ? "a number" : allowed));
  }
}

/// Calls `work` with the setting's value; an enum's is the name of its value, before and after, and
/// must be one of its names then.
template <class Work>
void with_value(const Setting& setting, const std::string& where, const Work& work) {
  std::visit(
      [&](auto value) {
        if constexpr (std::is_same_v<decltype(value), NamedValue>) {
          NamedValue::Name name = value.get(value.variable);
          if (value.is_optional)
            work(&name);
          else
            work(&*name);
          if (name) check_text(setting, *name, where);
          value.set(value.variable, name);
        } else {
          work(value);
        }
      },
      setting.value);
}

/// Files and programs may write either form of a name.
std::string flags_to_keys(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

std::vector<Setting> SettingList::take() {
  std::set<std::string> names;
  for (const Setting& setting : settings_)
    if (!names.insert(setting.name).second)
      // A fault of whoever declares them: one would hide the other.
      throw Error(fmt::format("two settings have the name '{}'", setting.name));
  return std::move(settings_);
}

std::string flag_name(const std::string& name) {
  std::string flag = name;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string describe_range(const Setting& setting) {
  const Range& range = setting.range;
  if (!range.one_of.empty()) return fmt::format("{}", fmt::join(range.one_of, ", "));
  const bool below = std::isfinite(range.min), above = std::isfinite(range.max);
  if (below && above) return fmt::format("{} to {}", range.min, range.max);
  if (below) return fmt::format("at least {}", range.min);
  if (above) return fmt::format("at most {}", range.max);
  return "";
}

std::string value_text(const Setting& setting) {
  std::string text;
  with_value(setting, "", [&](auto* value) {
    if constexpr (std::is_same_v<decltype(value), Texts*>) {
      text = fmt::format("{}", fmt::join(*value, ","));
    } else if constexpr (kIsOptional<std::decay_t<decltype(*value)>>) {
      if (*value) text = fmt::format("{}", **value);
    } else {
      text = fmt::format("{}", *value);
    }
  });
  return text;
}

void check_setting(const Setting& setting, const std::string& where) {
  with_value(setting, where, [&](auto* value) { check_value(setting, *value, where); });
}

void set_from_text(const Setting& setting, const Texts& texts, const std::string& where) {
  with_value(setting, where, [&](auto* value) {
    if constexpr (std::is_same_v<decltype(value), Texts*>) {
      *value = texts;
    } else {
      if (texts.size() != 1)
        throw InputError(fmt::format("{}{} takes one value, {} were given", prefix(where),
                                     setting.name, texts.size()));
      parse_text(setting, *value, texts[0], where);
    }
  });
  // The value is set first: in which form it came does not matter to the check.
  check_setting(setting, where);
}

void set_from_json(const Setting& setting, const json& from, const std::string& where) {
  with_value(setting, where, [&](auto* value) { read_json(setting, *value, from, where); });
  check_setting(setting, where);
}

json list_to_json(const std::vector<Setting>& settings) {
  json object = json::object();
  for (const Setting& setting : settings) {
    with_value(setting, "", [&](auto* value) {
      if constexpr (kIsOptional<std::decay_t<decltype(*value)>>) {
        object[setting.name] = *value ? to_json(**value) : json();
      } else {
        object[setting.name] = to_json(*value);
      }
    });
  }
  return object;
}

void list_from_json(const std::vector<Setting>& settings, const json& object,
                    const std::string& where) {
  if (!object.is_object())
    throw InputError(fmt::format("{}settings must be a JSON object", prefix(where)));
  Texts names;
  for (const Setting& setting : settings) names.push_back(setting.name);
  for (const auto& [key, from] : object.items()) {
    const auto found = std::find(names.begin(), names.end(), flags_to_keys(key));
    if (found == names.end())
      throw InputError(
          fmt::format("{}unknown setting '{}'{}", prefix(where), key, suggestion(key, names)));
    set_from_json(settings[found - names.begin()], from, where);
  }
}

std::string differing_settings(const nlohmann::json& mine, const nlohmann::json& theirs) {
  const auto text = [](const nlohmann::json& value) {
    return value.is_string() ? shell_quoted(value.get<std::string>()) : value.dump();
  };
  std::string result;
  for (const auto& [name, value] : mine.items())
    // A newer program may have settings that the older did not know: these are no difference.
    if (const auto other = theirs.find(name); other != theirs.end() && *other != value)
      result += fmt::format("{}--{} {} instead of {}", result.empty() ? "" : ", ", flag_name(name),
                            text(value), text(*other));
  return result;
}

}  // namespace nasnet
