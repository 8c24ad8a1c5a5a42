#pragma once

#include <string>

#include "nasnet/base/error.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// Neither folders nor lists tell the classes of a tree.
struct NoClasses : InputError {
  using InputError::InputError;
};

/// Recognises well-known forms of data sets whose classes cannot be read, and returns a sentence
/// that names the form and says what to do: sets for detection (COCO, YOLO, Pascal VOC), labels in
/// Matlab's files, in the files' names or in their order, lists that name none of the pictures,
/// parquet files. "" where it is none of these.
std::string foreign_form(const ImageTree& tree, const std::string& source);

}  // namespace nasnet::data
