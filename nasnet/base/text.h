#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The lines of a text that are not empty, without their ends (\n or \r\n).
std::vector<std::string> lines_of(std::string_view text);

}  // namespace nasnet
