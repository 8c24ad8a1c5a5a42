#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// Files that were found to be unreadable at once, and stored images that could not be read when
/// they were wanted.
std::vector<Unreadable> all_unreadable(const DataSet& data);

/// Sentences on the files and images that were left out of a data set, and on how it was
/// understood.
std::vector<std::string> notes_of(const DataSet& data);

/// The same for the JSON of whatever loads a data set: "ignored" (the files of each kind that are
/// not read), "left_out" (images that are not used), "notes", and "unreadable" (each file, and
/// why).
void add_left_out(nlohmann::ordered_json& object, const DataSet& data);

}  // namespace nasnet::data
