#pragma once

#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/data/placed.h"

namespace nasnet::data {

/// Decodes the images into the splits of `data`, whose classes are set. Where the
/// source has no test split, test images are held out here. A class without a readable training
/// image is an InputError.
void fill_splits(const std::vector<Placed>& placed, const DataOptions& options, DataSet& data);

}  // namespace nasnet::data
