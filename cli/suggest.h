#pragma once

#include <string>
#include <vector>

namespace nasnet::cli {

/// A command to type: this program as it was called, and the words, quoted for a shell. Whatever
/// the program suggests is written by this. Names of files go through as_argument() first.
std::string suggested_command(const std::vector<std::string>& words);

}  // namespace nasnet::cli
