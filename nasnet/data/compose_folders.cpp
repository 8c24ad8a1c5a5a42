#include <fmt/format.h>

#include <map>
#include <set>

#include "nasnet/base/names.h"
#include "nasnet/data/image_tree.h"

// Folders' names in one form of Unicode, parents before what lies in them.

namespace nasnet::data {
namespace {

/// The name with each byte beyond ASCII printed.
std::string in_bytes(const std::string& name) {
  std::string text;
  for (const char c : name)
    text += static_cast<unsigned char>(c) < 0x80
                ? std::string(1, c)
                : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  return text;
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

void compose_folders(ImageTree& tree) {
  // All folders above any file, too: archives need not name them.
  std::set<std::string> folders(tree.folders.begin(), tree.folders.end());
  for (const auto* files : {&tree.images, &tree.lists})
    for (const ImageFile& file : *files)
      for (std::string at = parent_of(file.path); !at.empty() && folders.insert(at).second;)
        at = parent_of(at);
  std::map<std::string, std::string> renamed = {{"", ""}};
  std::set<std::string> taken;
  for (const std::string& folder : folders) {  // parents come before what lies in them
    const std::string parent = parent_of(folder);
    const std::string prefix = renamed.at(parent).empty() ? "" : renamed.at(parent) + "/";
    const std::string name = folder.substr(parent.empty() ? 0 : parent.size() + 1);
    const std::string better = composed(name);
    // The composed form goes to the folder that has it already, the bytes to the other.
    const bool twin =
        better != name && folders.contains((parent.empty() ? "" : parent + "/") + better);
    const bool free = !twin && taken.insert(prefix + better).second;
    renamed[folder] = prefix + (free ? better : in_bytes(name));
  }
  for (std::string& folder : tree.folders) folder = renamed.at(folder);
  for (auto* files : {&tree.images, &tree.lists})
    for (ImageFile& file : *files) {
      const std::string folder = parent_of(file.path);
      if (!folder.empty()) file.path.replace(0, folder.size(), renamed.at(folder));
    }
}

}  // namespace nasnet::data
