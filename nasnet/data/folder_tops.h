#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/data/split_names.h"

namespace nasnet::data {

using Names = std::set<std::string>;

/// A picture with the names of its path, without those that carry no meaning.
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

/// Removes folders from all paths that hold everything and are no class: mostly the archive's name.
/// Pictures beside them are strays.
void strip_wrapping(FolderTree& tree);

/// Removes the pictures of folders called unlabeled, beside others at the top; returns how many.
std::map<std::string, int64_t> take_unlabelled(FolderTree& tree);

Tops find_tops(const FolderTree& tree);

/// Removes the only folder in a split where it adds nothing (train/train/CLASS, test/images/...),
/// or is the same in all splits (train/flowers/CLASS, test/flowers/CLASS).
void strip_inner(FolderTree& tree, Tops& tops);

/// True if a split's only folder adds nothing: train/train, seg_train/seg_train, test/images.
bool says_nothing(const std::string& inner, const std::string& split);

}  // namespace nasnet::data
