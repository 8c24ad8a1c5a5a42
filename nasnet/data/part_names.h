#pragma once

#include <set>
#include <string>

namespace nasnet::data {

/// True if a folder of this name holds additions to pictures: masks, annotations.
bool is_beside_pictures(const std::string& folder);

/// True if folders of these names hold pictures and additions to them (images, masks) rather than
/// classes.
bool are_parts_of_a_set(const std::set<std::string>& folders);

}  // namespace nasnet::data
