#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nasnet::data {

enum class NodeKind {
  kFile,
  kFolder,
  kOdd,    ///< a named pipe, a socket, a device: `why` says which
  kFault,  ///< it cannot be read or leads nowhere: `why` says so
};

/// An entry of a folder; links have been followed.
struct Node {
  std::string name;      ///< printable
  std::string location;  ///< of the link's target, as the tree's entries() takes it
  std::string identity;  ///< the same for two names of one file or folder
  NodeKind kind = NodeKind::kFile;
  bool linked = false;  ///< reached through a symbolic link
  std::string why;
};

/// Files in folders: a folder of the disk, or an archive.
class FileTree {
 public:
  virtual ~FileTree() = default;
  virtual Node root() const = 0;
  /// Throws SystemError where the folder cannot be read.
  virtual std::vector<Node> entries(const Node& folder) const = 0;
  /// Returns a function that reads a file. It may be called after the tree's end and from any
  /// thread, and throws what read_file() does.
  virtual std::function<std::string()> reader(const Node& file, size_t largest) const = 0;
  /// The same for its first bytes, at most so many. An archive has those alone that reader() was
  /// called for.
  virtual std::function<std::string(size_t)> beginning(const Node& file) const = 0;
};

}  // namespace nasnet::data
