#pragma once

#include <map>
#include <string>

#include "nasnet/base/archive_members.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// The field of a sample's KEY.json where pack() keeps a path that is no key.
inline constexpr const char* kOriginalPath = "original_path";

/// The shards of a source: tars as the WebDataset library has them. A sample is the members whose
/// names agree up to the first dot behind the last "/": its picture (KEY.jpg, KEY.png ...) and its
/// label (KEY.cls, a number or a name; or KEY.json with `label`, `cls` or `class`). The name of a
/// shard, or else of a folder above it, tells its split.
class Shards {
 public:
  /// Adds the pictures of a tar to `tree`, each with its tag, if it is a shard; returns false
  /// otherwise. `path` is that of the tar in the tree, without ".tar".
  bool add(const std::string& file, const MemberList& list, const std::string& path,
           ImageTree& tree);

  /// Adds the pictures of a TFRecord file.
  void add_records(const std::string& file, const std::string& path, ImageTree& tree);

  /// To be called when all shards are added. A picture's path is its member's name, behind that of
  /// the shard where names recur from shard to shard, and what the sample's `original_path` says
  /// where it has one; of a record, its image/filename, else (or where a file has that twice) its
  /// number.
  void finish(ImageTree& tree) const;

 private:
  std::map<const FileStore*, std::string> paths_;  // of the shards
};

}  // namespace nasnet::data
