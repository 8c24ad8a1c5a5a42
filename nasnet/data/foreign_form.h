#pragma once

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

}  // namespace nasnet::data
