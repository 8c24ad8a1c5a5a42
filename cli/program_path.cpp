#include "cli/program_path.h"

#include <filesystem>
#include <system_error>

namespace nasnet::cli {

std::string program_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

}  // namespace nasnet::cli
