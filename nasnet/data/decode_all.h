#pragma once

#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

struct DecodeTask {
  const ImageFile* file;
  int label;
  bool test;
};

/// Decodes all pictures, resizes them to one size and appends them to the splits of `data` in the
/// order of `tasks`, on all cores, with progress. Unreadable ones are an error, or are listed, as
/// `options` say; a class that loses all its training images that way is an error.
void decode_all(const std::vector<DecodeTask>& tasks, const DataOptions& options, DataSet& data);

}  // namespace nasnet::data
