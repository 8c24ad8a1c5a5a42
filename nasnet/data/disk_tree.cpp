#include "nasnet/data/disk_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"

// Entries are looked at by lstat(), which tells links, and stat(), which follows them; a pipe or a
// device is never opened. Faults of one entry become its node's, so that a listing goes on.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// Of what is neither a file nor a folder.
const char* odd_kind(mode_t mode) {
  if (S_ISFIFO(mode)) return "named pipe";
  return S_ISSOCK(mode) ? "socket" : "device";
}

/// Device and inode identify a file: two names of one, by hard or symbolic links, are seen to be
/// it.
Node look_at(const fs::path& path) {
  Node node;
  node.name = printable(path.filename().string());
  node.location = path.string();
  struct stat status;
  node.linked = ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (::stat(path.c_str(), &status) != 0) {
    node.kind = NodeKind::kFault;
    const bool nowhere = node.linked && errno == ENOENT;
    node.why = nowhere ? "is a link that leads nowhere"
                       : fmt::format("cannot be read ({})", std::strerror(errno));
    return node;
  }
  node.identity = fmt::format("{}:{}", status.st_dev, status.st_ino);
  if (S_ISDIR(status.st_mode)) {
    node.kind = NodeKind::kFolder;
  } else if (!S_ISREG(status.st_mode)) {
    node.kind = NodeKind::kOdd;
    node.why = odd_kind(status.st_mode);
  }
  return node;
}

/// At most so many bytes; fewer where the file is shorter. Throws SystemError.
std::string read_beginning(const fs::path& path, size_t most) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream)
    throw SystemError(
        fmt::format("cannot read {}: {}", printable(path.string()), std::strerror(errno)));
  std::string bytes(std::min<size_t>(most, stream.tellg()), '\0');
  stream.seekg(0);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(stream.gcount());
  return bytes;
}

}  // namespace

Node DiskTree::root() const {
  return look_at(folder_);
}

std::vector<Node> DiskTree::entries(const Node& folder) const {
  std::vector<Node> nodes;
  std::error_code error;
  for (fs::directory_iterator it(folder.location, error), end; !error && it != end;
       it.increment(error))
    nodes.push_back(look_at(it->path()));
  if (error) throw SystemError(fmt::format("cannot be read ({})", error.message()));
  return nodes;
}

std::function<std::string()> DiskTree::reader(const Node& file, size_t largest) const {
  return [path = file.location, largest] { return read_file(path, largest); };
}

std::function<std::string(size_t)> DiskTree::beginning(const Node& file) const {
  return [path = file.location](size_t most) { return read_beginning(path, most); };
}

}  // namespace nasnet::data
