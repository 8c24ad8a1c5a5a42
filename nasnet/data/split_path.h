#pragma once

#include <string>
#include <vector>

namespace nasnet::data {

/// The names that a path is made of, without empty ones and ".".
using Parts = std::vector<std::string>;
Parts split_path(const std::string& path);

}  // namespace nasnet::data
