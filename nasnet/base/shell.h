#pragma once

#include <string>
#include <string_view>

namespace nasnet {

/// The word as every POSIX shell reads it for one word with exactly these bytes: "my cells" is
/// 'my cells'. Stays on one line.
std::string shell_quoted(std::string_view word);

/// A file's name as an argument that no program takes for a flag: "-x" is "./-x". Not quoted yet.
std::string as_argument(const std::string& path);

}  // namespace nasnet
