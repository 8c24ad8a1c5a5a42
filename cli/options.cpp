#include "cli/options.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sched.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Option.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/progress.h"

namespace nasnet::cli {
namespace {

constexpr size_t kLargestConfig = size_t{1} << 20;

int available_cores() {
  cpu_set_t allowed;
  return ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

std::string help_text(const Setting& setting) {
  const std::string range = describe_range(setting);
  const std::string value = value_text(setting);
  std::string text = setting.help;
  if (!range.empty()) text += fmt::format(" ({})", range);
  if (!value.empty()) text += fmt::format(" [{}]", value);
  return text;
}

bool is_switch(const Setting& setting) {
  return std::holds_alternative<bool*>(setting.value);
}

}  // namespace

Options::Options(CLI::App& app) : app_(app) {
  app.add_option("--config", config_, "TOML file with any of these settings")->type_name("FILE");
  add(common_);
}

void Options::add_list(std::vector<Setting> settings) {
  for (Setting& setting : settings) {
    auto bound = std::make_unique<Bound>();
    const std::string flag = "--" + flag_name(setting.name);
    if (is_switch(setting)) {
      // What is on by default is switched off by --no-NAME.
      const bool on = *std::get<bool*>(setting.value);
      const std::string names = on ? fmt::format("{},!--no-{}", flag, flag.substr(2)) : flag;
      bound->option = app_.add_flag(names, bound->texts, help_text(setting));
    } else {
      bound->option = app_.add_option(flag, bound->texts, help_text(setting))->type_name("VALUE");
      if (!std::holds_alternative<std::vector<std::string>*>(setting.value))
        bound->option->expected(1);
    }
    bound->setting = std::move(setting);
    bound_.push_back(std::move(bound));
  }
}

void Options::check_section(const std::string& section) const {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app_.get_parent()->get_subcommands(nullptr))
    if (!verb->get_group().empty()) verbs.push_back(verb->get_name());
  if (std::find(verbs.begin(), verbs.end(), section) == verbs.end())
    throw InputError(fmt::format("--config {}: unknown section '{}'{}", config_, section,
                                 suggestion(section, verbs)));
}

void Options::read_config() {
  if (config_.empty()) return;
  std::istringstream file(read_file(config_, kLargestConfig));
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(file);
  } catch (const CLI::Error& error) {
    throw InputError(fmt::format("--config {} cannot be read: {}", config_, error.what()));
  }
  for (const CLI::ConfigItem& item : items) {
    // Keys stand at the top or in a section named after the verb; other verbs' are not ours.
    if (!item.parents.empty()) {
      check_section(item.parents.front());
      if (item.parents != std::vector<std::string>{app_.get_name()}) continue;
    }
    if (item.name == "++" || item.name == "--") continue;  // a section's begin and end
    std::vector<std::string> names;
    Bound* found = nullptr;
    for (auto& bound : bound_) {
      names.push_back(flag_name(bound->setting.name));
      if (flag_name(item.name) == names.back()) found = bound.get();
    }
    if (!found)
      throw InputError(fmt::format("--config {}: unknown key '{}'{}", config_, item.name,
                                   suggestion(item.name, names)));
    found->config_texts = item.inputs;
    found->in_config = true;
  }
}

bool Options::take(Bound& bound) const {
  if (bound.option->count() == 0) {
    if (bound.in_config)
      set_from_text(bound.setting, bound.config_texts, fmt::format("--config {}", config_));
    return bound.in_config;
  }
  if (is_switch(bound.setting)) {
    *std::get<bool*>(bound.setting.value) = bound.texts.back() == "true";
  } else {
    set_from_text(bound.setting, bound.texts, "");
  }
  return true;
}

void Options::add_preset(const std::string& name, std::function<void(const std::string&)> apply) {
  presets_[name] = std::move(apply);
}

void Options::take_given() {
  for (auto& bound : bound_) {
    const auto preset = presets_.find(bound->setting.name);
    if (preset != presets_.end() && take(*bound))
      preset->second(*std::get<std::string*>(bound->setting.value));
  }
  for (auto& bound : bound_) take(*bound);
}

void Options::adopt(const nlohmann::json& stored, const std::string& where) {
  for (auto& bound : bound_) {
    const std::string& name = bound->setting.name;
    if (stored.contains(name))
      list_from_json({bound->setting}, nlohmann::json::object({{name, stored[name]}}), where);
  }
  take_given();
}

void Options::settle() {
  read_config();
  take_given();
  at::set_num_threads(common_.threads > 0 ? common_.threads : available_cores());
  set_progress_style(common_.quiet || common_.json ? ProgressStyle::silent
                                                   : ProgressStyle::automatic);
}

}  // namespace nasnet::cli
