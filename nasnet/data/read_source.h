#pragma once

#include <functional>
#include <string>

#include "nasnet/data/dataset.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// Finds out the form of what load() calls `where`. Files of IDX and CIFAR's binaries are read; of
/// pictures in a folder, an archive or shards, once they are listed, `of_tree` makes the set.
/// Throws InputError where nothing of that kind is there.
DataSet read_source(
    const std::string& where,
    const std::function<DataSet(ImageTree tree, const std::string& source)>& of_tree);

}  // namespace nasnet::data
