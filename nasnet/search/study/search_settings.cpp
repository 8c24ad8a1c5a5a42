#include "nasnet/search/study/search_settings.h"

#include "nasnet/base/error.h"
#include "nasnet/base/quantity.h"
#include "nasnet/base/text.h"
#include "nasnet/search/workers/energy.h"

namespace nasnet::search {
namespace {

/// Lists come as several words or as one with commas.
std::vector<std::string> split(const std::vector<std::string>& words) {
  std::vector<std::string> parts;
  for (const std::string& word : words) {
    size_t begin = 0;
    for (size_t end; (end = word.find(',', begin)) != std::string::npos; begin = end + 1)
      parts.push_back(word.substr(begin, end - begin));
    parts.push_back(word.substr(begin));
  }
  return parts;
}

}  // namespace

SearchSettings settings_of_older_studies() {
  SearchSettings settings;
  settings.child.training = child_training_of_old();
  return settings;
}

std::vector<std::string> changeable_settings() {
  SearchSettings settings;
  std::vector<std::string> names;
  for (const Setting& setting : list_settings(settings))
    if (setting.changeable) names.push_back(setting.name);
  return names;
}

StudyBudget make_budget(const SearchSettings& settings) {
  StudyBudget budget;
  budget.seconds = parse_seconds(settings.time, "--time");
  budget.core_hours = settings.core_hours;
  budget.gpu_hours = settings.gpu_hours;
  budget.joules = parse_joules(settings.energy, "--energy");
  return budget;
}

void demand_energy_meter(const SearchSettings& settings, const std::string& who) {
  if (parse_joules(settings.energy, "--energy") == 0 || EnergyMeter().works()) return;
  throw InputError(
      who +
      ": this machine does not say what it uses (/sys/class/powercap/intel-rapl:*, to be read by "
      "root on most systems); use a machine that does, or --core-hours or --time instead");
}

TrialLimits make_limits(const SearchSettings& settings) {
  return {parse_seconds(settings.trial_time, "--trial-time"),
          parse_bytes(settings.trial_memory, "--trial-memory")};
}

std::unique_ptr<space::SearchSpace> make_space(const SearchSettings& settings) {
  if (settings.space == "nasbench201") return std::make_unique<space::Nasbench201Space>();
  space::NasnetSpace::Settings chosen;
  chosen.blocks = settings.blocks;
  if (!settings.operations.empty()) chosen.operations.clear();
  for (const std::string& name : split(settings.operations))
    chosen.operations.push_back(space::parse_operation(name));
  if (!settings.combines.empty()) chosen.combines.clear();
  for (const std::string& name : split(settings.combines))
    chosen.combines.push_back(space::parse_combine(name));
  return std::make_unique<space::NasnetSpace>(chosen);
}

StudySpec make_spec(const SearchSettings& settings, const space::SearchSpace& space,
                    uint64_t seed) {
  const bool table = settings.space == "nasbench201";
  return {space, settings.study, seed, table ? 200 : settings.child.training.epochs};
}

}  // namespace nasnet::search
