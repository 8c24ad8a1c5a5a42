#include "nasnet/search/study/stored_study.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/search/study/judge_again.h"

namespace nasnet::search {
namespace {

using nlohmann::json;

/// The settings as the store keeps them: those that are used, and the evaluator by its name.
json settings_to_store(SearchSettings settings, uint64_t seed, network::DeviceChoice device) {
  settings.evaluator = evaluator_kind(settings).name;
  json object = list_to_json(list_used_settings(settings));
  object.erase("store");  // a reader of the store knows it, and it may hold a password
  object["seed"] = seed;
  object["device"] = to_text(device);
  return object;
}

/// The names of settings whose values the study takes over from those given now.
std::set<std::string> names_taken(SearchSettings settings) {
  std::set<std::string> names;
  for (const Setting& setting : list_settings(settings))
    if (setting.on_resume == OnResume::kTaken || setting.on_resume == OnResume::kKept ||
        (setting.on_resume == OnResume::kForRetry && settings.retry_failed))
      names.insert(setting.name);
  return names;
}

/// The values that the study was made with where it does not name them. Before evaluators had
/// names, each space had its own, and the library's rewards were told by their measure.
json defaults_of(const json& stored, const json& identity) {
  SearchSettings older = settings_of_older_studies();
  const std::string space = stored.value("space", older.space);
  for (const space::SpaceKind& kind : space::spaces())
    if (kind.name == space) older.evaluator = kind.evaluator;
  if (identity.contains("measure")) older.evaluator = older.study.objective = "reward";
  return settings_to_json(older);
}

/// Studies of version 1 know the data's digest only.
json identity_of(const json& stored) {
  if (stored.contains("identity")) return stored["identity"];
  return {{"data_digest", stored.value("data_digest", json())}};
}

void demand_same(const std::string& study, const json& stored, const json& now,
                 const std::set<std::string>& taken) {
  const json& before = stored.at("settings");
  const json defaults = defaults_of(before, identity_of(stored));
  std::string differences;
  for (const auto& [name, value] : now.items()) {
    if (taken.contains(name)) continue;
    const json old = before.contains(name) ? before[name] : defaults.value(name, json());
    if (old != value)
      differences += fmt::format("{}{} = {} (now {})", differences.empty() ? "" : ", ", name,
                                 old.dump(), value.dump());
  }
  if (!differences.empty())
    throw InputError(fmt::format(
        "study {} was made with {}; give the same settings to resume it, or another --study", study,
        differences));
}

/// The record of the study that is there; null where there is none, or none that can be read.
json record_to_resume(const std::string& store, const std::string& study) {
  if (store.empty() && !std::filesystem::exists(study)) return {};
  try {
    return open_store(store, study, OpenMode::kRead)->settings();
  } catch (const InputError&) {
    return {};
  }
}

/// As users read them.
std::string limits_of(const json& stored) {
  const auto limits = stored.at("settings").value("limit", std::vector<std::string>());
  return limits.empty() ? "none" : fmt::format("{}", fmt::join(limits, ", "));
}

}  // namespace

StoredStudy read_stored_study(Store& store) try {
  json stored = store.settings();
  if (stored.is_null() || !stored.contains("identity"))
    throw InputError(
        fmt::format("study {} has no settings yet; start nasnet search first", store.name()));
  StoredStudy study;
  json& settings = stored.at("settings");
  study.seed = settings.at("seed");
  study.device =
      parse_enum<network::DeviceChoice>(settings.at("device").get<std::string>(), "device");
  study.identity = stored.at("identity");
  settings.erase("seed");
  settings.erase("device");
  // A space or evaluator that is not here explains settings that are not.
  for (const char* name : {"space", "evaluator"})
    if (settings.contains(name))
      settings_from_json(study.settings, {{name, settings[name]}}, store.name());
  settings_from_json(study.settings, settings, store.name());
  return study;
} catch (const json::exception& error) {
  throw InputError(fmt::format("study {} is damaged: {}", store.name(), error.what()));
}

json settings_to_resume(const std::string& store, const std::string& study) {
  const json stored = record_to_resume(store, study);
  if (!stored.contains("settings")) return json::object();
  SearchSettings older = settings_of_older_studies();
  json all = settings_to_json(older);
  all.update(stored["settings"]);
  for (const Setting& setting : list_settings(older))
    if (setting.on_resume == OnResume::kTaken && !setting.place) all.erase(setting.name);
  return all;
}

void demand_same_goals(const SearchSettings& settings, const Identity& identity) {
  const json stored = record_to_resume(settings.store, settings.study_file);
  if (!stored.contains("settings")) return;
  SearchSettings given = settings;
  given.evaluator = evaluator_kind(settings).name;
  json now = list_to_json(list_used_settings(given));
  // These are derived from others, or are not named yet as the study has them.
  for (const char* name : {"store", "reference", "objective", "column"}) now.erase(name);
  if (settings.study.screen_by.empty()) now.erase("screen_by");
  demand_same(settings.study_file, stored, now, names_taken(settings));
  demand_identity(identity, identity_of(stored), settings.study_file, settings.other_program);
}

void demand_same_settings(Store& store, const SearchSettings& settings, uint64_t seed,
                          network::DeviceChoice device) {
  demand_same(store.name(), store.settings(), settings_to_store(settings, seed, device),
              names_taken(settings));
}

std::vector<std::string> settle_study(Store& store, const SearchSettings& settings, uint64_t seed,
                                      network::DeviceChoice device, const Identity& identity) {
  const json now = settings_to_store(settings, seed, device);
  const json stored = store.settings();
  if (stored.is_null()) {
    store.set_settings({{"settings", now}, {"identity", to_json(identity)}});
    return {};
  }
  const std::set<std::string> taken = names_taken(settings);
  demand_same(store.name(), stored, now, taken);
  json known = identity_of(stored);
  demand_identity(identity, known, store.name(), settings.other_program);
  json next = stored;
  for (const auto& [name, value] : now.items())
    if (taken.contains(name)) next["settings"][name] = value;
  bool build_is_known = true;
  for (const IdentityPart& part : identity) {
    if (known.contains(part.name)) continue;
    known[part.name] = part.value;
    build_is_known &= !part.of_build;
  }
  next["identity"] = known;
  std::vector<std::string> notes;
  if (limits_of(next) != limits_of(stored)) {
    const Judgement judgement = judge_again(store, objective_of(settings.study));
    store.set_rewards(judgement.changed, next);
    notes.push_back(fmt::format(
        "the limits were {}, and are {} from now on: {} of {} finished trials are beyond them; "
        "they stay, but neither the best nor the front has them",
        limits_of(stored), limits_of(next), judgement.beyond, judgement.finished));
  } else if (next != stored) {
    store.set_settings(next);
  }
  if (!build_is_known)
    notes.push_back(fmt::format(
        "study {} was begun by {}: if its trainings differ from those of this program, rewards "
        "from now on differ in their last digits",
        store.name(), known.value("program", "an earlier version")));
  return notes;
}

}  // namespace nasnet::search
