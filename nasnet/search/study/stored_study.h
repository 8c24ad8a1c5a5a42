#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nasnet/search/store/store.h"
#include "nasnet/search/study/search_settings.h"

namespace nasnet::search {

/// The record that a store keeps of how its study was made.
struct StoredStudy {
  SearchSettings settings = settings_of_older_studies();
  uint64_t seed = 1;
  std::string device;
  nlohmann::json identity;  ///< see program_identity()
};

/// Throws InputError where the store has no settings yet, or some that this program does not know.
StoredStudy read_stored_study(Store& store);

}  // namespace nasnet::search
