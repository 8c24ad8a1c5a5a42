#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/label_list.h"
#include "nasnet/data/placed.h"

namespace nasnet::data {

/// Sorts pictures by lists of labels or splits. Listed ones have the list's label, or without one
/// that of their folder, and the list's split, else that which a folder above them names. Others
/// are taken where they lie in a folder that is called as one of the list's classes, else left out,
/// with their number. `names` are those of classes that lists have numbers of. Throws InputError
/// where a picture is listed with two labels or splits, or lies in a folder of another class.
Arrangement arrange_by_lists(const std::vector<LabelList>& lists,
                             const std::vector<const ImageFile*>& images,
                             const std::vector<std::string>& folders,
                             const std::vector<std::string>& names, const std::string& source);

}  // namespace nasnet::data
