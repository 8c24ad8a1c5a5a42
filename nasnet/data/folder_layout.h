#pragma once

#include <set>
#include <string>
#include <vector>

#include "nasnet/data/placed.h"

namespace nasnet::data {

/// Sorts pictures by the folders that they lie in: [wrapping folders/] [split/] class/.../file, or
/// class/split/file. The names of splits (see split_named()) and the level of the class folders
/// decide which; pictures without a class, a folder beside the splits and splits
/// that are not used are left out, with their number. `source` begins the messages. Throws
/// InputError where the folders can be understood in two ways, and says what was seen.
Arrangement arrange_by_folders(const std::vector<const ImageFile*>& images,
                               const std::vector<std::string>& folders, const std::string& source);

}  // namespace nasnet::data
