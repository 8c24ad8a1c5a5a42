#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/Option.hpp>
#include <algorithm>

#include "cli/libtorch.h"
#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/base/progress.h"

// Binds settings to CLI11 and to the configuration file. CLI11 only splits the command line into
// texts: values are parsed and checked by the settings themselves, as in files and stored studies,
// and set in the order stored study, preset, file, flag, of which the last wins.

namespace nasnet::cli {
namespace {

/// A text may be written as a number (time = 90), and a list of one item as the item alone.
nlohmann::json as_its_setting(const Setting& setting, const nlohmann::json& value) {
  if (std::holds_alternative<std::string*>(setting.value) && value.is_number()) return value.dump();
  if (std::holds_alternative<std::vector<std::string>*>(setting.value) && value.is_string())
    return nlohmann::json::array({value});
  return value;
}

}  // namespace

bool Options::Bound::given() const {
  return option->count() > 0 || in_config;
}

Setting Options::Bound::shown() const {
  Setting shown = settings[0];
  for (size_t k = 1; k < settings.size(); ++k)
    if (value_text(settings[k]) != value_text(shown))
      shown.help += fmt::format("; for boxes {}", value_text(settings[k]));
  return shown;
}

Options::Options(CLI::App& app) : app_(app) {
  app.add_option("--config", config_);
  add(common_);
}

Argument& Options::add_argument(Argument argument, CLI::Option* option) {
  option->required(argument.required);
  arguments_.push_back(std::make_unique<Argument>(std::move(argument)));
  return *arguments_.back();
}

Argument& Options::argument(const std::string& name, std::string& value, const std::string& help) {
  return add_argument({name, help}, app_.add_option(name, value));
}

Argument& Options::argument(const std::string& name, std::vector<std::string>& values,
                            const std::string& help) {
  return add_argument({.name = name, .help = help, .many = true}, app_.add_option(name, values));
}

Argument& Options::optional_argument(const std::string& name, std::string& value,
                                     const std::string& help) {
  return add_argument({.name = name, .help = help, .required = false},
                      app_.add_option(name, value));
}

Argument& Options::optional_argument(const std::string& name, std::vector<std::string>& values,
                                     const std::string& help) {
  return add_argument({.name = name, .help = help, .required = false, .many = true},
                      app_.add_option(name, values));
}

void Options::example(const std::string& command, const std::string& purpose) {
  examples_.push_back({command, purpose});
}

void Options::add_list(std::vector<Setting> settings) {
  for (Setting& setting : settings) {
    const auto known = std::ranges::find_if(
        bound_, [&](const auto& bound) { return bound->settings[0].name == setting.name; });
    if (known != bound_.end()) {
      (*known)->settings.push_back(std::move(setting));
      continue;
    }
    auto bound = std::make_unique<Bound>();
    const std::vector<std::string> flags = flags_of(setting);
    if (is_switch(setting)) {
      // One that is on by default is switched off by --no-NAME.
      // "!" is CLI11's mark of a flag that means false.
      const std::string off = flags.size() > 1 ? ",!" + flags[1] : "";
      bound->option = app_.add_flag(flags[0] + off, bound->texts);
    } else {
      bound->option = app_.add_option(flags[0], bound->texts)->type_name(placeholder_of(setting));
      // All are bound to lists of texts, for which CLI11 would take as many words as follow.
      if (!std::holds_alternative<std::vector<std::string>*>(setting.value))
        bound->option->expected(1)->allow_extra_args(false);
    }
    bound->settings.push_back(std::move(setting));
    bound_.push_back(std::move(bound));
  }
}

void Options::read_config_file() {
  if (config_.empty()) return;
  std::vector<std::string> verbs;
  // Hidden verbs have no group, and no section in a file.
  for (const CLI::App* verb : app_.get_parent()->get_subcommands(nullptr))
    if (!verb->get_group().empty()) verbs.push_back(verb->get_name());
  for (ConfigEntry& entry : read_config(config_, app_.get_name(), verbs)) {
    std::vector<std::string> names;
    Bound* found = nullptr;
    for (auto& bound : bound_) {
      names.push_back(flag_name(bound->settings[0].name));
      if (flag_name(entry.key) == names.back()) found = bound.get();
    }
    if (!found)
      throw InputError(fmt::format(
          "{}: unknown key '{}'{} (`nasnet {} --help-all` lists all)", entry.where, entry.key,
          nearest(entry.key, names).empty() ? "" : suggestion(entry.key, names), app_.get_name()));
    found->in_config = std::move(entry);
  }
}

bool Options::take(Bound& bound) const {
  if (!bound.given()) return false;
  for (const Setting& setting : bound.settings) {
    if (bound.option->count() == 0) {
      const ConfigEntry& entry = *bound.in_config;
      set_from_json(setting, as_its_setting(setting, entry.value), entry.where);
      continue;
    }
    Setting flag = setting;  // messages name what was typed
    flag.name = "--" + flag_name(setting.name);
    // --json --json is --json.
    set_from_text(flag, is_switch(flag) ? std::vector{bound.texts.back()} : bound.texts, "");
  }
  return true;
}

void Options::take_only(const std::vector<std::string>& names, const std::string& why) const {
  for (const auto& bound : bound_) {
    const Setting& setting = bound->settings[0];
    if (bound->given() && setting.topic != kEveryVerb &&
        std::ranges::find(names, setting.name) == names.end())
      throw InputError(fmt::format("--{} {}", flag_name(setting.name), why));
  }
}

void Options::add_preset(const std::string& name, std::function<void(const std::string&)> apply) {
  presets_[name] = std::move(apply);
}

void Options::take_given() {
  // Presets first: they change the defaults of others, which may be given themselves.
  for (auto& bound : bound_) {
    const auto preset = presets_.find(bound->settings[0].name);
    if (preset != presets_.end() && take(*bound)) preset->second(value_text(bound->settings[0]));
  }
  for (auto& bound : bound_) take(*bound);
}

void Options::adopt(const nlohmann::json& stored, const std::string& where) {
  for (auto& bound : bound_) {
    const std::string& name = bound->settings[0].name;
    if (!stored.contains(name)) continue;
    for (const Setting& setting : bound->settings) set_from_json(setting, stored[name], where);
  }
  take_given();
}

void Options::settle() {
  read_config_file();
  take_given();
  common_.threads = threads_or_cores(common_.threads);
  use_libtorch(common_.threads);
  set_progress_style(common_.quiet || common_.json ? ProgressStyle::silent
                                                   : ProgressStyle::automatic);
}

void Options::run(std::function<void(const Common&)> work) {
  app_.callback([this, work = std::move(work)] {
    settle();
    work(common_);
  });
}

VerbText Options::text() {
  VerbText text{app_.get_name(), app_.get_description(), {}, {}, examples_};
  for (const auto& argument : arguments_) text.arguments.push_back(*argument);
  for (const auto& bound : bound_) text.settings.push_back(bound->shown());
  // It names the file of the others, and is no key in it.
  text.settings.push_back({"config", &config_, "TOML file with any of these settings"});
  text.settings.back().as("FILE").topic = kEveryVerb;
  std::stable_partition(text.settings.begin(), text.settings.end(),
                        [](const Setting& setting) { return setting.topic != kEveryVerb; });
  return text;
}

}  // namespace nasnet::cli
