#pragma once

#include "nasnet/boxes/detection_set.h"
#include "nasnet/boxes/yolo_yaml.h"

namespace nasnet::boxes {

/// The number of images that have a text where YOLO's form has their boxes: in the folder labels/
/// beside images/, or beside the image.
size_t count_yolo_texts(const data::ImageTree& tree);

/// Makes a set of a data.yaml, which lies at `file` in the tree, and the images that it names: in
/// folders, or in texts that list them. An image without a text of boxes has no objects. Of a file
/// that tells no splits, as a list of classes alone, all images are taken, in the splits that their
/// folders tell. Throws
/// NothingAnnotated where no folder that the file names is in the tree, or no image has boxes
/// there.
void build_yolo_set(const YoloYaml& yaml, const std::string& file, const data::ImageTree& tree,
                    const ReadOptions& options, DetectionSet& set);

}  // namespace nasnet::boxes
