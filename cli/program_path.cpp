#include "cli/program_path.h"

#include <filesystem>
#include <system_error>

// From the kernel, as argv[0] may be any word, and a name in PATH need not be this program's.

namespace nasnet::cli {

std::string program_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

}  // namespace nasnet::cli
