#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/search/evaluators/identity.h"
#include "nasnet/search/store/store.h"
#include "nasnet/search/study/search_settings.h"

namespace nasnet::search {

/// The record that a store keeps of how its study was made.
struct StoredStudy {
  SearchSettings settings = settings_of_older_studies();
  uint64_t seed = 1;
  network::DeviceChoice device = network::DeviceChoice::kAuto;
  nlohmann::json identity;  ///< of its evaluator: see to_json(Identity)
};

/// Throws InputError where the store has no settings yet, or some that this program does not know.
StoredStudy read_stored_study(Store& store);

/// The settings that a resumed study keeps where they are not given again, by their names; none
/// where there is no study, or none that can be read, of which more is said when it is opened to be
/// driven.
nlohmann::json settings_to_resume(const std::string& store, const std::string& study);

/// Throws InputError as settle_study() does for other settings, goals among them, and for another
/// evaluator, but for what is derived from them, as a reference: that is then derived for the
/// study's own. Nothing where there is no study. `settings`: named by name_goals().
void demand_same_goals(const SearchSettings& settings, const Identity& identity);

/// Throws InputError that names the settings which may not change (see OnResume) and have, with
/// both values.
void demand_same_settings(Store& store, const SearchSettings& settings, uint64_t seed,
                          network::DeviceChoice device);

/// Stores how the study is made where it is new. Otherwise demands the same settings, and throws
/// InputError, too, that names the first part of the evaluator's identity that has changed, with
/// both values. Settings that may change are stored as they are now:
/// workers read them there. A setting that the study does not name is newer than the study, which
/// was then made with that of settings_of_older_studies().
///
/// Other limits than the study had so far judge its finished trials again.
///
/// Returns notes for the user: where limits have changed; where the study is of a version that kept
/// no more of its program than a name, whose trainings may therefore be others than these.
///
/// For the study's driver (Store::drive()): another may be starting the same study.
std::vector<std::string> settle_study(Store& store, const SearchSettings& settings, uint64_t seed,
                                      network::DeviceChoice device, const Identity& identity);

}  // namespace nasnet::search
