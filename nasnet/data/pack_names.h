#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "nasnet/data/file_store.h"

namespace nasnet::data {

/// The name of a picture in a shard.
struct PackName {
  std::string key, end;  ///< "cat/1" and ".jpg": the key has no dot behind its last "/"
  bool is_path = true;   ///< false: the picture's path must be kept beside it
};

/// Names pictures in shards by their paths where WebDataset's readers leave these as they are, and
/// by made-up keys otherwise: dots within a name, hidden or odd names, two pictures that differ in
/// their endings alone.
class PackNames {
 public:
  PackNames() = default;
  explicit PackNames(const std::vector<const ImageFile*>& files);
  /// `is_jpeg`: it is packed as one, whatever its name says.
  PackName name_of(const std::string& path, bool is_jpeg) const;

 private:
  std::unordered_map<std::string, std::string> keys_;  // of paths that are none themselves
};

}  // namespace nasnet::data
