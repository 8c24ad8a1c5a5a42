#pragma once

#include <optional>
#include <string>

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

/// Reads a set of images with boxes, as people have them (docs/detection.md): a folder or an
/// archive that holds files of COCO's form (JSON), of Pascal VOC's (XML) or of YOLO's (data.yaml);
/// or one such JSON or YAML file. Nothing where `where` is none of these, a set of classes for
/// instance. What is wrong with single images and boxes is told in DetectionSet::problems, of which
/// refuse_errors() makes an exception. Pictures stay encoded; only their headers are looked at.
/// Throws InputError where a file of annotations is damaged as a whole, SystemError where something
/// cannot be read.
std::optional<DetectionSet> find_detection_set(const std::string& where,
                                               const ReadOptions& options = {});

}  // namespace nasnet::boxes
