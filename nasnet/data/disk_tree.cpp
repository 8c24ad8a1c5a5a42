#include "nasnet/data/disk_tree.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// A folder of a million pictures is listed by what readdir() tells: plain files are not looked at
// one by one. Links are followed by stat(), and folders asked for their identity, which a mounted
// one has of its own. A pipe or a device is never opened. Faults of one entry become its node's, so
// that a listing goes on.

namespace nasnet::data {
namespace {

/// Of what is neither a file nor a folder.
const char* odd_kind(mode_t mode) {
  if (S_ISFIFO(mode)) return "named pipe";
  return S_ISSOCK(mode) ? "socket" : "device";
}

Node named(const std::string& location) {
  Node node;
  node.name = printable(location.substr(location.rfind('/') + 1));
  node.location = location;
  return node;
}

Node look_at(const std::string& location) {
  Node node = named(location);
  struct stat status;
  node.linked = ::lstat(location.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (::stat(location.c_str(), &status) != 0) {
    node.kind = NodeKind::kFault;
    const bool nowhere = node.linked && errno == ENOENT;
    node.why = nowhere ? "is a link that leads nowhere"
                       : fmt::format("cannot be read ({})", std::strerror(errno));
    return node;
  }
  node.identity = {status.st_dev, status.st_ino};
  if (S_ISDIR(status.st_mode)) {
    node.kind = NodeKind::kFolder;
  } else if (!S_ISREG(status.st_mode)) {
    node.kind = NodeKind::kOdd;
    node.why = odd_kind(status.st_mode);
  }
  return node;
}

[[noreturn]] void fail() {
  throw SystemError(fmt::format("cannot be read ({})", std::strerror(errno)));
}

}  // namespace

DiskTree::DiskTree(std::string folder)
    : folder_(std::move(folder)), store_(std::make_shared<DiskStore>()) {}

Node DiskTree::root() const {
  return look_at(folder_);
}

void DiskTree::visit(const Node& folder, const std::function<void(const Node&)>& take) const {
  std::vector<Node> nodes;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.location.c_str()), ::closedir);
  struct stat status;
  if (!open || ::fstat(::dirfd(open.get()), &status) != 0) fail();
  const std::string prefix = folder.location + (folder.location.ends_with('/') ? "" : "/");
  errno = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string location = prefix + entry->d_name;
    // Some file systems tell no types.
    if (entry->d_type == DT_REG) {
      nodes.push_back(named(location));
      nodes.back().identity = {status.st_dev, entry->d_ino};
    } else {
      nodes.push_back(look_at(location));
    }
    errno = 0;
  }
  if (errno != 0) fail();
  std::sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) {
    return a.linked != b.linked ? b.linked : a.name < b.name;
  });
  for (const Node& node : nodes) take(node);
}

StoredFile DiskTree::open(const Node& file, size_t) {
  return {store_, store_->add(file.location)};
}

}  // namespace nasnet::data
