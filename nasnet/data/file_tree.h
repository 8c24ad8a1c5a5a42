#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nasnet/data/file_store.h"

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

/// Where a file's bytes can be read, also after the end of the tree that told it.
struct StoredFile {
  std::shared_ptr<const FileStore> store;
  uint64_t key = 0;
};

/// Files in folders: a folder of the disk, or an archive.
class FileTree {
 public:
  virtual ~FileTree() = default;
  virtual bool is_disk() const { return false; }
  virtual Node root() const = 0;
  /// Throws SystemError where the folder cannot be read.
  virtual std::vector<Node> entries(const Node& folder) const = 0;
  /// A file of which at most so many bytes will be read.
  virtual StoredFile open(const Node& file, size_t largest) = 0;
};

}  // namespace nasnet::data
