#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/boxes/detection_set.h"
#include "nasnet/data/image_lookup.h"

namespace nasnet::boxes {

/// The pictures of a tree, as annotations name them; knows which of them were named, and in which
/// splits. Pictures in folders of masks and the like count only where there are no others.
class Pictures {
 public:
  explicit Pictures(const data::ImageTree& tree);

  /// By their paths.
  const std::vector<const data::ImageFile*>& files() const { return files_; }
  /// The picture that `list`, a file of annotations of this split, calls by one of `names`, the
  /// first of which counts most; nullptr, and a problem, where none is there, or several may be it.
  const data::ImageFile* find(const std::vector<std::string>& names, const std::string& list,
                              data::Split split, Problems& problems) const;
  /// Notes that it is in a split, of this name.
  void use(const data::ImageFile* file, const std::string& split, Problems& problems);
  /// Tells of those that are in no split.
  void tell_unlisted(Problems& problems) const;

 private:
  std::vector<const data::ImageFile*> files_;
  data::ImageLookup lookup_;
  std::unordered_map<const data::ImageFile*, std::string> used_;  ///< the split
};

/// There are annotations, but nothing that they belong to.
struct NothingAnnotated : InputError {
  using InputError::InputError;
};

/// Throws NothingAnnotated where images were annotated, and none of them is there.
void refuse_without_images(const DetectionSet& set);

/// The nearest of the file's folders that is called as a split, as it is written; "" without one.
std::string folder_split(const std::string& path);

/// The split of this name, which is added where it is missing.
DetectionSplit& split_named(const std::string& name, DetectionSet& set);

/// Puts all splits' images into the order of their paths, and numbers them through from 1: one that
/// lies in several splits has one id.
void number_images(DetectionSet& set);

}  // namespace nasnet::boxes
