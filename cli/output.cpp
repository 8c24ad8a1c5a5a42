#include "cli/output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "nasnet/base/error.h"

namespace nasnet::cli {

void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw SystemError(fmt::format("cannot write the output: {}", strerror(errno)));
}

void print_line(const std::string& line) {
  std::puts(line.c_str());  // fmt::print() throws what is no SystemError
  flush_output();
}

}  // namespace nasnet::cli
