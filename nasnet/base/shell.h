#pragma once

#include <string>
#include <string_view>

namespace nasnet {

/// Quotes a word so that every POSIX shell reads exactly these bytes: "my cells" is 'my cells'.
/// Stays on one line.
std::string shell_quoted(std::string_view word);

/// Makes a file's name an argument that no program takes for a flag: "-x" is "./-x". Not quoted.
std::string as_argument(const std::string& path);

}  // namespace nasnet
