#include "nasnet/data/split_path.h"

// Paths of lists and archives are text of other systems: they are parted at "/" alone, and ".."
// stays a name, since only the one who walks the tree knows where it leads.

namespace nasnet::data {

Parts split_path(const std::string& path) {
  Parts parts;
  std::string part;
  for (const char c : path + "/") {
    if (c != '/') {
      part += c;
    } else {
      if (!part.empty() && part != ".") parts.push_back(part);
      part.clear();
    }
  }
  return parts;
}

}  // namespace nasnet::data
