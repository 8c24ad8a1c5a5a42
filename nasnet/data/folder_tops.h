#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/data/split_names.h"

namespace nasnet::data {

using Names = std::set<std::string>;

/// A picture with the names of its path, but for those that say nothing and were taken off.
struct FolderPicture {
  const ImageFile* file;
  Parts parts;
};

/// Pictures in folders, and all folders, those without pictures too.
struct FolderTree {
  std::vector<FolderPicture> pictures;
  std::vector<Parts> folders;
};

/// A folder at the top: which split its name says, and where its pictures lie.
struct Top {
  Split split = Split::kNone;
  int64_t direct = 0;  ///< in the folder itself
  int64_t nested = 0;  ///< in folders below it
  Names inside;        ///< those folders
};
using Tops = std::map<std::string, Top>;

/// Takes folders off that hold everything and are no class: the archive's own name, as a rule.
/// Pictures beside them are strays.
void strip_wrapping(FolderTree& tree);

/// Takes out what lies in folders called unlabeled, beside others at the top; their numbers of
/// pictures.
std::map<std::string, int64_t> take_unlabelled(FolderTree& tree);

Tops find_tops(const FolderTree& tree);

/// Takes off the only folder in a split where it says nothing (train/train/CLASS, test/images/...),
/// or is the same in all splits (train/flowers/CLASS, test/flowers/CLASS).
void strip_inner(FolderTree& tree, Tops& tops);

/// Whether a split's only folder adds nothing: train/train, seg_train/seg_train, test/images.
bool says_nothing(const std::string& inner, const std::string& split);

}  // namespace nasnet::data
