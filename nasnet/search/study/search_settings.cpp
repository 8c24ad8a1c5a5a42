#include "nasnet/search/study/search_settings.h"

#include <fmt/format.h>

#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/quantity.h"
#include "nasnet/base/text.h"
#include "nasnet/search/workers/energy.h"

namespace nasnet::search {

std::vector<std::string> evaluator_names() {
  std::vector<std::string> names = evaluators().names();
  names.insert(names.begin(), kAnyEvaluator);
  return names;
}

SearchSettings settings_of_older_studies() {
  SearchSettings settings;
  for (const EvaluatorKind& kind : evaluators())
    if (kind.make_older) kind.make_older(settings.of_evaluators.at(kind.name));
  return settings;
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
      ": this machine does not measure its energy (/sys/class/powercap/intel-rapl:*, to be read by "
      "root on most systems); use a machine that does, or --core-hours or --time instead");
}

TrialLimits make_limits(const SearchSettings& settings) {
  return {parse_seconds(settings.trial_time, "--trial-time"),
          parse_bytes(settings.trial_memory, "--trial-memory")};
}

std::shared_ptr<const space::SearchSpace> make_space(const SearchSettings& settings) {
  return space::spaces().find(settings.space).make(settings.of_spaces.at(settings.space));
}

const EvaluatorKind& evaluator_kind(const SearchSettings& settings) {
  const auto space = make_space(settings);
  std::string name = settings.evaluator;
  if (name == kAnyEvaluator) name = space::spaces().find(settings.space).evaluator;
  std::vector<std::string> serving;
  for (const EvaluatorKind& kind : evaluators())
    if (kind.serves(*space)) serving.push_back(kind.name);
  if (serving.empty())
    throw InputError(fmt::format("no evaluator serves --space {}", settings.space));
  if (name.empty()) name = serving[0];
  const EvaluatorKind& kind = evaluators().find(name);
  if (!kind.serves(*space))
    throw InputError(fmt::format("--evaluator {} does not serve --space {}{}", name, settings.space,
                                 suggestion("", serving)));
  return kind;
}

std::any choose_evaluator(SearchSettings& settings) {
  const auto space = make_space(settings);
  std::any opened;
  if (settings.evaluator == kAnyEvaluator)
    for (const EvaluatorKind& kind : evaluators()) {
      if (!kind.open || !kind.serves(*space)) continue;
      opened = kind.open(settings.of_evaluators.at(kind.name), settings.data);
      if (!opened.has_value()) continue;
      settings.evaluator = kind.name;
      break;
    }
  const EvaluatorKind& kind = evaluator_kind(settings);
  settings.evaluator = kind.name;
  if (!kind.objective.empty() && settings.study.objective == kAccuracy)
    settings.study.objective = kind.objective;
  return opened;
}

const AnySettings& evaluator_settings(const SearchSettings& settings) {
  return settings.of_evaluators.at(evaluator_kind(settings).name);
}

std::vector<Setting> list_used_settings(SearchSettings& settings) {
  std::set<std::string> unused;
  const auto add_all_but = [&](SettingsOfKinds& kinds, const std::string& chosen) {
    for (auto& [name, own] : kinds)
      if (name != chosen)
        for (const Setting& setting : list_settings(own)) unused.insert(setting.name);
  };
  add_all_but(settings.of_spaces, settings.space);
  add_all_but(settings.of_evaluators, evaluator_kind(settings).name);
  std::vector<Setting> list = list_settings(settings);
  std::erase_if(list, [&](const Setting& setting) { return unused.contains(setting.name); });
  return list;
}

std::string used_setting(const SearchSettings& settings, const std::string& name) {
  SearchSettings copy = settings;
  for (const Setting& setting : list_used_settings(copy))
    if (setting.name == name) return value_text(setting);
  return "";
}

StudySpec make_spec(const SearchSettings& settings, const space::SearchSpace& space,
                    uint64_t seed) {
  const EvaluatorKind& kind = evaluator_kind(settings);
  return {space, settings.study, seed, kind.epochs ? kind.epochs(evaluator_settings(settings)) : 0};
}

}  // namespace nasnet::search
