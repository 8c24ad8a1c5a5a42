#include "cli/suggest.h"

#include <fstream>

#include "nasnet/base/shell.h"

// Commands that can be copied: they begin with the program as the user has called it, which need
// not be in PATH.

namespace nasnet::cli {
namespace {

/// The first word of this process' command line.
std::string program_as_typed() {
  std::string name;
  std::ifstream command("/proc/self/cmdline");
  std::getline(command, name, '\0');
  return name.empty() ? "nasnet" : name;
}

}  // namespace

std::string suggested_command(const std::vector<std::string>& words) {
  std::string command = shell_quoted(program_as_typed());
  for (const std::string& word : words) command += " " + shell_quoted(word);
  return command;
}

}  // namespace nasnet::cli
