#pragma once

#include <string>
#include <vector>

namespace nasnet::cli {

/// This program's file: libtorch's module lies beside it, and workers are started from it.
std::string program_path();

/// The command that this process was started with, its first word included.
std::vector<std::string> program_words();

}  // namespace nasnet::cli
