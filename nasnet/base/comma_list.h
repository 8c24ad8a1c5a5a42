#pragma once

#include <string>
#include <vector>

namespace nasnet {

/// The items of a list that comes as several words, or as one with commas.
std::vector<std::string> split_at_commas(const std::vector<std::string>& words);

}  // namespace nasnet
