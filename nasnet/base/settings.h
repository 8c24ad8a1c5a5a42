#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nasnet/base/enum_names.h"

namespace nasnet {

/// The values that a setting may take: numbers between min and max (both included), texts out of
/// `one_of` (any text where it is empty).
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> one_of = {};
};

/// The variable of an enum, or of an optional one, read and written by the names of its values.
struct NamedValue {
  using Name = std::optional<std::string>;  ///< none where an optional enum is not given
  void* variable;
  bool is_optional;
  Name (*get)(const void* variable);
  void (*set)(void* variable, const Name& name);  // a name that is none of its changes nothing
};

/// How another value of a setting is taken where a study is resumed.
enum class OnResume {
  kRefused,   ///< results of trials depend on it: it is the study's for good
  kForRetry,  ///< taken with --retry-failed: a trial that failed for it has no result yet
  kTaken,     ///< no result of a trial depends on it
  kKept,      ///< the same, but the study keeps its own until another is given
};

/// One declared setting, bound to its value, with its place in --help and in the manual.
struct Setting {
  /// An optional is a setting that need not be given; its range holds where it is.
  using Value = std::variant<bool*, int*, int64_t*, uint64_t*, double*, std::string*,
                             std::vector<std::string>*, std::optional<int>*, std::optional<double>*,
                             NamedValue>;
  std::string name;  ///< with underscores, as in JSON; flags are written with dashes
  Value value;
  std::string help;
  Range range;
  std::string topic = {};        ///< the heading it stands under; "" for none
  std::string placeholder = {};  ///< stands for the value: "FILE" prints as --out FILE
  bool essential = false;        ///< among the few that --help shows, not in --help-all alone
  OnResume on_resume = OnResume::kRefused;
  bool place = false;  ///< see lies_somewhere()

  /// Sets the placeholder. The shell completes FILE and FOLDER; a list's placeholder stands for one
  /// of its items.
  Setting& as(std::string placeholder_name) {
    placeholder = std::move(placeholder_name);
    return *this;
  }
  /// Shows the setting in --help, not only in --help-all.
  Setting& everyone_needs_it() {
    essential = true;
    return *this;
  }
  Setting& is_kept_on_resume() {
    on_resume = OnResume::kKept;
    return *this;
  }
  Setting& may_change_on_resume() {
    on_resume = OnResume::kTaken;
    return *this;
  }
  Setting& may_change_for_retry() {
    on_resume = OnResume::kForRetry;
    return *this;
  }
  /// It says where something lies, which may be elsewhere on another machine, and may change: the
  /// study's evaluator knows the thing by its digest.
  Setting& lies_somewhere() {
    place = true;
    return may_change_on_resume();
  }
};

/// Settings are declared once and serve the command line, the config file, --help, the manual, the
/// shells' completion and the stored study. A struct of settings says which they are in a free
/// function beside it:
///
///     template <class Visitor>
///     void visit_settings(Visitor& v, ChildSettings& s) {
///       v.topic("Child networks");
///       v("cells", s.cells, "normal cells a stage", Range{1, 100}).everyone_needs_it();
///       v("optimizer", s.optimizer, "the rule of an update");  // an enum: see enum_names.h
///       v("checkpoints", s.checkpoints, "where children are kept")
///           .as("FOLDER")
///           .may_change_on_resume();
///     }
class SettingList {
 public:
  /// The heading of the settings that follow, until the next one.
  void topic(std::string name) { topic_ = std::move(name); }
  const std::string& topic() const { return topic_; }

  template <class T>
  requires(!NamedEnum<T>) Setting& operator()(std::string name, T& value, std::string help,
                                              Range range = {}) {
    return settings_.emplace_back(
        Setting{std::move(name), &value, std::move(help), std::move(range), topic_});
  }
  template <NamedEnum E>
  Setting& operator()(std::string name, E& value, std::string help) {
    return add_enum<E>(std::move(name), std::move(help),
                       {&value, false,
                        [](const void* variable) {
                          return NamedValue::Name(to_text(*static_cast<const E*>(variable)));
                        },
                        [](void* variable, const NamedValue::Name& given) {
                          if (const auto known = from_text<E>(*given))
                            *static_cast<E*>(variable) = *known;
                        }});
  }
  template <NamedEnum E>
  Setting& operator()(std::string name, std::optional<E>& value, std::string help) {
    return add_enum<E>(std::move(name), std::move(help),
                       {&value, true,
                        [](const void* variable) {
                          const auto& now = *static_cast<const std::optional<E>*>(variable);
                          return now ? NamedValue::Name(to_text(*now)) : std::nullopt;
                        },
                        [](void* variable, const NamedValue::Name& given) {
                          *static_cast<std::optional<E>*>(variable) =
                              given ? from_text<E>(*given) : std::nullopt;
                        }});
  }
  /// The list. Throws Error where two settings have one name.
  std::vector<Setting> take();

 private:
  template <NamedEnum E>
  Setting& add_enum(std::string name, std::string help, NamedValue value) {
    return settings_.emplace_back(Setting{std::move(name), value, std::move(help),
                                          Range{.one_of = names_of_all<E>()}, topic_});
  }

  std::vector<Setting> settings_;
  std::string topic_;
};

/// The settings of `s`, in the order of their declaration. They point to the members of `s`, which
/// must outlive them.
template <class S>
std::vector<Setting> list_settings(S& s) {
  SettingList list;
  visit_settings(list, s);
  return list.take();
}

/// "image-size" and "image_size" are one name: this is the form of the flags.
std::string flag_name(const std::string& name);

/// The range in words: "1 to 100", "at least 1", "sgd, adam"; "" where all is allowed.
std::string describe_range(const Setting& setting);
/// The value as one would type it; items of a list with commas between; "" where none is given.
std::string value_text(const Setting& setting);

// In all that follows, `where` ("study.db", "--config x.toml") opens the messages and may be empty.

/// Throws InputError where the value is out of range; the message names the setting, its value and
/// its range.
void check_setting(const Setting& setting, const std::string& where);
/// Reads the value from text as it stands on a command line (one text; several for a list). Throws
/// InputError for a text that is no such value, or a value out of range.
void set_from_text(const Setting& setting, const std::vector<std::string>& texts,
                   const std::string& where);

/// Reads the value from JSON. Throws InputError for a value of another type or out of range.
void set_from_json(const Setting& setting, const nlohmann::json& value, const std::string& where);

/// The same as settings_to_json() and settings_from_json() for settings that are listed already;
/// where reading throws, those read before keep their new values.
nlohmann::json list_to_json(const std::vector<Setting>& settings);
void list_from_json(const std::vector<Setting>& settings, const nlohmann::json& object,
                    const std::string& where);

/// All settings as one JSON object, a key a name; null where an optional one is not given.
template <class S>
auto settings_to_json(const S& s) {
  S copy = s;
  return list_to_json(list_settings(copy));
}

/// The differences of two objects of settings_to_json(), as one would type them: "--epochs 5
/// instead of 7, --seed 1 instead of 2", first the value in `mine`; "" where there are none. Keys
/// that only one of them has do not count.
std::string differing_settings(const nlohmann::json& mine, const nlohmann::json& theirs);

/// Reads settings from a JSON object; those that it does not name keep their values. Throws
/// InputError for an unknown key (with the nearest right one), a value of the wrong type, or one
/// out of range; `s` is then as it was.
template <class S>
void settings_from_json(S& s, const nlohmann::json& object, const std::string& where) {
  S copy = s;
  list_from_json(list_settings(copy), object, where);
  s = std::move(copy);
}

/// Throws InputError for the first setting that is out of its range.
template <class S>
void check_settings(const S& s, const std::string& where = "") {
  S copy = s;
  for (const Setting& setting : list_settings(copy)) check_setting(setting, where);
}

}  // namespace nasnet
