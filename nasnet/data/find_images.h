#pragma once

#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// Finds the pictures for verbs that take them without labels: files, which are pictures whatever
/// their name; folders and archives, which are listed as data sets are. Pictures come in the order
/// of `paths`, those of a folder or archive by name. A path without a file is listed as unreadable.
/// Throws as list_images() does.
ImageTree find_images(const std::vector<std::string>& paths);

}  // namespace nasnet::data
