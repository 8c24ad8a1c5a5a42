#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "nasnet/boxes/detection_set.h"
#include "nasnet/data/image_lookup.h"

namespace nasnet::boxes {

/// The pictures of a tree, as annotations name them; knows which of them were named, and in which
/// splits.
class Pictures {
 public:
  explicit Pictures(const data::ImageTree& tree);

  /// The picture that `list`, a file of annotations of this split, calls `name`, or nullptr; of
  /// several it is told as an error, and of one that is missing.
  const data::ImageFile* find(const std::string& name, const std::string& list, data::Split split,
                              Problems& problems) const;
  /// Notes that it is in a split, of this name.
  void use(const data::ImageFile* file, const std::string& split, Problems& problems);
  bool is_used(const data::ImageFile* file) const { return used_.contains(file); }
  /// Tells of those that are in no split.
  void tell_unlisted(Problems& problems) const;

 private:
  std::vector<const data::ImageFile*> files_;
  data::ImageLookup lookup_;
  std::unordered_map<const data::ImageFile*, std::string> used_;  ///< the split
};

}  // namespace nasnet::boxes
