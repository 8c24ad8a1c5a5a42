#pragma once

#include <string>

namespace nasnet::cli {

/// Hands standard output over to who reads it. Throws SystemError where that cannot be: a full
/// disk, a pipe whose reader is gone.
void flush_output();

/// The same, with a line before.
void print_line(const std::string& line);

}  // namespace nasnet::cli
