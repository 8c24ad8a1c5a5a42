#pragma once

#include <set>
#include <string>
#include <vector>

#include "nasnet/data/placed.h"

namespace nasnet::data {

/// Gives each picture a class and a split by the folders that it lies in: [wrapping folders/]
/// [split/] class/.../file, or class/split/file. The names of splits (see split_named()) and the
/// level of the class folders tell these forms apart. Pictures without a class, in a folder beside
/// the splits, and of splits that are not used are left out, and counted. `images` are all pictures
/// of the tree, `folders` the paths of its folders, empty ones among them; `source` begins the
/// messages. Throws InputError where the folders can be understood in two ways, and NoClasses (an
/// InputError) where there are no class folders; the message says what was found. Empty class
/// folders are told in the arrangement.
Arrangement arrange_by_folders(const std::vector<const ImageFile*>& images,
                               const std::vector<std::string>& folders, const std::string& source);

}  // namespace nasnet::data
