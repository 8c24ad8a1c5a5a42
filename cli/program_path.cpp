#include "cli/program_path.h"

#include <filesystem>
#include <fstream>
#include <system_error>

// From the kernel, as argv[0] may be any word, and a name in PATH need not be this program's.

namespace nasnet::cli {

std::string program_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

std::vector<std::string> program_words() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

}  // namespace nasnet::cli
