#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "nasnet/data/file_store.h"

namespace nasnet::data {

enum class NodeKind {
  kFile,
  kFolder,
  kOdd,    ///< a named pipe, a socket, a device: `why` says which
  kFault,  ///< it cannot be read or leads nowhere: `why` says so
};

/// Two names of one file or folder have the same.
struct FileId {
  uint64_t group = 0, number = 0;  ///< both 0: none
  auto operator<=>(const FileId&) const = default;
};

/// An entry of a folder; links have been followed.
struct Node {
  std::string name;      ///< printable
  std::string location;  ///< of a file or folder on the disk
  FileId identity;
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
  /// Calls take(entry) for each, those that are reached through symbolic links last, else by name.
  /// Throws SystemError where the folder cannot be read.
  virtual void visit(const Node& folder, const std::function<void(const Node&)>& take) const = 0;
  /// A file of which at most so many bytes will be read.
  virtual StoredFile open(const Node& file, size_t largest) = 0;
};

}  // namespace nasnet::data
