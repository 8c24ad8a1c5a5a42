#pragma once

#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/data/placed.h"

namespace nasnet::data {

/// The files of a source, each picture with its class and split; none of them is decoded.
struct ArrangedTree {
  ArrangedTree() = default;
  ArrangedTree(ArrangedTree&&) = default;
  ArrangedTree& operator=(ArrangedTree&&) = default;

  ImageTree tree;  ///< its images by path; lists that were not used count among `others`
  std::vector<std::string> classes;
  Arrangement arrangement;  ///< points to the files of `tree`
  bool own_test_split = false;
};

/// A class without the images that whoever trains on the set needs, and what to do about it.
struct ClassGap {
  enum class Kind { kEmptyFolder, kNoTraining, kAlone };
  Kind kind;
  std::string name;  ///< of the class, or the folder
  std::string text;  ///< "class 'x' has no images; add some, or remove its folder"
};

/// Sorts out the classes and splits of a tree by its lists and folders. What could not be listed
/// stays in the tree's `unreadable`. Throws InputError where there are no classes, or where lists
/// and folders contradict each other; and for the first gap, unless `gaps` is given and takes them.
ArrangedTree arrange_tree(ImageTree tree, const std::string& source, const DataOptions& options,
                          std::vector<ClassGap>* gaps = nullptr);

}  // namespace nasnet::data
