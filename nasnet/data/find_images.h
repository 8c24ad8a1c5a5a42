#pragma once

#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// The pictures that somebody names, for verbs that take them without labels: files, which are
/// taken for pictures by any name; folders and archives, which are listed as data sets are. They
/// come in the order given, those of one folder or archive by their names, under the paths given.
/// A path where nothing is stands among the unreadable ones. Throws as list_images() does.
ImageTree find_images(const std::vector<std::string>& paths);

}  // namespace nasnet::data
