#pragma once

#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// Sentences on the files and images that were left out of a data set, and on how it was
/// understood.
std::vector<std::string> notes_of(const DataSet& data);

}  // namespace nasnet::data
