#pragma once

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

/// Makes a set of the files of Pascal VOC's form in a tree, with the pictures that they belong to:
/// those of the same name, beside them or in a folder beside theirs (JPEGImages), else those that
/// they name. The lists in ImageSets/Main tell the splits, else the folders do. Categories are
/// numbered from 1 in the order of their names. False where the tree holds no such file. Throws
/// InputError where no picture is there.
bool build_voc_set(const data::ImageTree& tree, const ReadOptions& options, DetectionSet& set);

}  // namespace nasnet::boxes
