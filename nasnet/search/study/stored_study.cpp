#include "nasnet/search/study/stored_study.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"

namespace nasnet::search {

StoredStudy read_stored_study(Store& store) {
  nlohmann::json stored = store.settings();
  if (stored.is_null() || !stored.contains("identity"))
    throw InputError(
        fmt::format("study {} has no settings yet; start nasnet search first", store.name()));
  StoredStudy study;
  nlohmann::json& settings = stored.at("settings");
  study.seed = settings.at("seed");
  study.device = settings.at("device");
  study.identity = stored.at("identity");
  settings.erase("seed");
  settings.erase("device");
  settings_from_json(study.settings, settings, store.name());
  return study;
}

}  // namespace nasnet::search
