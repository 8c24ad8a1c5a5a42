#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"

namespace nasnet::boxes {

/// The splits that the lists in a Pascal VOC set's ImageSets/Main tell: train.txt names an image a
/// line. Lists of single classes (cat_train.txt) tell no split, and trainval.txt only where there
/// are no lists of both.
class ImageSets {
 public:
  explicit ImageSets(const data::ImageTree& tree);

  /// True where there are no such lists.
  bool empty() const { return splits_.empty(); }
  /// The splits of an image that has an annotation, by its name without the ending.
  std::vector<std::string> take(const std::string& image);
  /// Sentences on listed images that take() was not called for.
  std::vector<std::string> unused() const;

 private:
  /// An image's entries in the lists; kept by the name's common form.
  struct Listed {
    std::string name, list;
    std::vector<std::string> splits;
    bool taken = false;
  };
  std::map<std::string, Listed> splits_;
};

}  // namespace nasnet::boxes
