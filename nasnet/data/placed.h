#pragma once

#include <string>
#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/data/image_tree.h"
#include "nasnet/data/split_names.h"

namespace nasnet::data {

/// A picture with its place in the data set.
struct Placed {
  const ImageFile* file;
  Split split;
  std::string label;
};

/// All pictures of a tree: each is placed, or counted among those left out.
struct Arrangement {
  std::vector<Placed> placed;
  std::vector<Placed>
      set_aside;  ///< validation images beside test images; counted in left_out, too
  std::vector<LeftOutImages> left_out;
  std::vector<std::string> notes;          ///< sentences for the user
  std::vector<std::string> empty_classes;  ///< paths of classes' folders without pictures
};

/// Gives labels that are one of `names` but for the way they are written (see common_form()) that
/// name.
void adopt_names(const std::vector<std::string>& names, Arrangement& arrangement);

/// "1 image", "2 images".
std::string count_images(int64_t count);

}  // namespace nasnet::data
