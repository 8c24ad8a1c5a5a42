// A flag's list is one word with commas, a file's is several words: both may be either.

#include "nasnet/base/comma_list.h"

namespace nasnet {

std::vector<std::string> split_at_commas(const std::vector<std::string>& words) {
  std::vector<std::string> parts;
  for (const std::string& word : words) {
    size_t begin = 0;
    for (size_t end; (end = word.find(',', begin)) != std::string::npos; begin = end + 1)
      parts.push_back(word.substr(begin, end - begin));
    parts.push_back(word.substr(begin));
  }
  return parts;
}

}  // namespace nasnet
