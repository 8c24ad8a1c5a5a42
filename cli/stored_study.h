#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/search_settings.h"
#include "nasnet/search/store/store.h"

namespace nasnet::cli {

/// The record that a store keeps of how its study was made.
struct StoredStudy {
  SearchSettings settings = settings_of_older_studies();
  uint64_t seed = 1;
  std::string device;
  nlohmann::json identity;  ///< see program_identity()
};

/// Throws InputError where the store has no settings yet, or some that this program does not know.
StoredStudy read_stored_study(search::Store& store);

}  // namespace nasnet::cli
