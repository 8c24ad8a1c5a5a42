#pragma once

#include <set>
#include <string>

namespace nasnet::data {

/// Whether a folder of this name holds what belongs to pictures: masks, annotations.
bool is_beside_pictures(const std::string& folder);

/// Whether the folders of these names hold pictures and what belongs to them (images, masks)
/// rather than classes.
bool are_parts_of_a_set(const std::set<std::string>& folders);

}  // namespace nasnet::data
