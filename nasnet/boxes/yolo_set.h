#pragma once

#include "nasnet/boxes/detection_set.h"
#include "nasnet/boxes/yolo_yaml.h"

namespace nasnet::boxes {

/// Makes a set of a data.yaml, which lies at `file` in the tree, and the images that it names: in
/// folders, or in texts that list them. Boxes lie in a text of the image's name, in the folder
/// labels/ beside images/, or beside the image; an image without one has no objects. Of a file that
/// tells no splits, as a list of classes alone, all images are taken, in the splits that their
/// folders tell. Throws
/// NothingAnnotated where no folder that the file names is in the tree, or no image has boxes
/// there.
void build_yolo_set(const YoloYaml& yaml, const std::string& file, const data::ImageTree& tree,
                    const ReadOptions& options, DetectionSet& set);

}  // namespace nasnet::boxes
