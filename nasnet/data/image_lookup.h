#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/data/split_names.h"

namespace nasnet::data {

/// Finds the pictures that lists mean: by paths from the list's folder or from the top, by file
/// names alone, by absolute paths of another machine, by paths without the ending.
class ImageLookup {
 public:
  explicit ImageLookup(const std::vector<const ImageFile*>& images);

  /// All pictures that fit `value` best: none, one, or several that cannot be told apart. `list` is
  /// the path of the list; of pictures in several splits those of `split` fit better.
  std::vector<const ImageFile*> find(const std::string& value, const std::string& list,
                                     Split split) const;

 private:
  struct Known {
    const ImageFile* file;
    Parts parts;
  };
  std::vector<Known> images_;
  std::unordered_map<std::string, std::vector<size_t>> by_name_;  ///< with and without the ending
};

/// The split that a folder above a file names; kNone where none does.
Split split_above(const std::string& path);

}  // namespace nasnet::data
