#pragma once

#include <set>
#include <string>

#include "nasnet/base/error.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// Neither folders nor lists tell the classes of a tree.
struct NoClasses : InputError {
  using InputError::InputError;
};

/// A sentence that names the well-known form of a tree that tells no classes in a way that is read,
/// with what to do: sets for detection (COCO, YOLO, Pascal VOC), labels in Matlab's files, in the
/// files' names or in their order, lists that name none of the pictures, parquet files. "" where it
/// is none of these.
std::string foreign_form(const ImageTree& tree, const std::string& source);

/// Whether a folder of this name holds what belongs to pictures: masks, annotations.
bool is_beside_pictures(const std::string& folder);

/// Whether the folders of these names hold pictures and what belongs to them (images, masks)
/// rather than classes.
bool are_parts_of_a_set(const std::set<std::string>& folders);

}  // namespace nasnet::data
