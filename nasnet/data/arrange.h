#pragma once

#include <string>

#include "nasnet/data/dataset.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// Makes a data set of a tree with one folder a class: sorts out splits and classes, decodes and
/// resizes on all cores. Throws InputError as load() does.
DataSet load_tree(ImageTree tree, const std::string& source, const DataOptions& options);

}  // namespace nasnet::data
