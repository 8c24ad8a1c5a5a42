#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The lines of a text that are not empty, without their ends (\n or \r\n).
std::vector<std::string> lines_of(std::string_view text);

/// 1,234,567.
std::string thousands(int64_t number);

}  // namespace nasnet
