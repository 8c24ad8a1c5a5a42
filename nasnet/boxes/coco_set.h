#pragma once

#include "nasnet/boxes/coco_file.h"
#include "nasnet/boxes/pictures.h"

namespace nasnet::boxes {

/// The name of the split that a COCO file holds, by its own name or that of its folder:
/// "train2017" of annotations/instances_train2017.json.
std::string coco_split_name(const std::string& path);

/// Makes splits of COCO files, a file a split, with the pictures that they name. `set` may have
/// problems already. Throws InputError for two files of one split, categories that differ between
/// files, an id of two images, and where no image is there.
void build_coco_set(const std::vector<CocoFile>& files, const data::ImageTree& tree,
                    const ReadOptions& options, DetectionSet& set);

}  // namespace nasnet::boxes
