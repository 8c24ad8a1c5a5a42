#pragma once

#include <string>

namespace nasnet::cli {

/// This program's file: libtorch's module lies beside it, and workers are started from it.
std::string program_path();

}  // namespace nasnet::cli
